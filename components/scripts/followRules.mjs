// Follows the rules, in an nginx process of its own beside the one that forwards: writes the routes of that, reloads it, and
// gives Oathkeeper its rules once the routes are in force. Runs in njs, with the engine QuickJS.
import crypto from "crypto";
import fs from "fs";
import routes from "routes.mjs";

function read(file) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** Whoever reads the file finds the former content or this one. */
function replace(file, content, mode = 0o644) {
  fs.writeFileSync(`${file}.draft`, content, { mode });
  fs.renameSync(`${file}.draft`, file);
}

function searchList() {
  const line = (read("/etc/resolv.conf") || "").split("\n").filter((one) => one.startsWith("search"))[0];
  return line === undefined ? [] : line.trim().split(/\s+/).slice(1, 4);
}

async function versionInForce(options) {
  if (stampOf(options.routesFile) === undefined) return undefined;
  try {
    return await (await ngx.fetch(`http://127.0.0.1:${options.versionPort}/`)).text();
  } catch {
    return undefined;
  }
}

/** Old workers take connections for a tenth of a second after the new ones do, and keep idle ones for half a second more. */
const settleMs = 650;
const patienceMs = 10000;

/** Does one step: nginx ends a call that is still waiting when the next is due. */
async function follow(session) {
  const options = JSON.parse(fs.readFileSync(session.variables.options_file, "utf8"));
  const state = ngx.shared.state;
  const { certificateFiles, credentialFiles } = options;
  const files = certificateFiles.concat(credentialFiles);
  const stamp = [options.fetchedFile].concat(files).map(stampOf).join(" ");
  // Empty for a moment while nginx starts: 0 would be everybody.
  const pid = Number(read(options.pidFile)) || 0;
  if (stamp === state.get("done") || pid === 0) return;
  const fetched = read(options.fetchedFile);
  if (fetched === undefined) return;
  const rules = inOrder(JSON.parse(fetched));
  const content = JSON.stringify([rules].concat(files.map(read)));
  const version = crypto.createHash("sha256").update(content).digest("hex").slice(0, 16);
  const next = `${options.ruleFile}.next`;
  const waited = Date.now() - Number(state.get("at"));

  if ((await versionInForce(options)) === version) {
    if (state.get("inForce") !== version) {
      state.set("inForce", version);
      state.set("at", String(Date.now()));
    } else if (waited >= settleMs) {
      if (read(next) !== undefined) fs.renameSync(next, options.ruleFile);
      replace(options.formerFile, JSON.stringify(taken(rules, options)));
      state.set("done", stamp);
    }
    return;
  }
  const isRefused = state.get("tried") === version;
  if (isRefused) {
    if (waited < patienceMs) return;
    ngx.log(
      ngx.ERR,
      "nginx has not taken the routes, see its log: trying again without upstreams' certificates",
    );
  }
  // A certificate that is none would stop every route.
  const usable = (file) => (isRefused && certificateFiles.includes(file) ? undefined : read(file));
  state.set("tried", version);
  state.set("at", String(Date.now()));
  try {
    forgetDeleted(rules, options);
    const former = JSON.parse(read(options.formerFile) || "[]");
    const built = routes.build(rules, former, version, options, searchList(), usable);
    Object.keys(built.leftOut).forEach((id) =>
      ngx.log(ngx.ERR, `rule ${id} is left out: ${built.leftOut[id]}`),
    );
    replace(options.leftOutFile, JSON.stringify(Object.keys(built.leftOut)));
    replace(next, built.rules);
    replace(options.routesFile, built.configuration, 0o600);
    process.kill(pid, "SIGHUP");
  } catch (error) {
    ngx.log(ngx.ERR, `the rules cannot be followed: ${error}`);
  }
}

/** The operator writes its list in another order each time; only another rule is a reason to reload and to forget. */
function inOrder(rules) {
  return rules.sort((one, other) => (String(one.id) < String(other.id) ? -1 : 1));
}

/** Rules that are routes: what was left out is not in Oathkeeper, and might stop nginx again. */
function taken(rules, { leftOutFile }) {
  const leftOut = JSON.parse(read(leftOutFile) || "[]");
  return rules.filter((rule) => !leftOut.includes(String(rule.id)));
}

/** Takes deleted rules from Oathkeeper at once: without them it names nothing that nginx does not know. */
function forgetDeleted(rules, options) {
  const inForce = JSON.parse(read(options.ruleFile) || "[]");
  const ids = new Set(rules.map((rule) => rule.id));
  const left = inForce.filter((rule) => ids.has(rule.id.replace(/\.[0-9a-f]{12}$/, "")));
  if (left.length < inForce.length) replace(options.ruleFile, JSON.stringify(left, null, 2));
}

function stampOf(file) {
  try {
    const stat = fs.statSync(file);
    return `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
  } catch {
    return undefined;
  }
}

export default { follow };
