// Follows the rules, in an nginx process beside the one that forwards: writes the forwarding nginx' routes, reloads it,
// and gives Oathkeeper its rules once the routes are in force. Runs in njs, with the engine QuickJS.
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

/** Readers of the file see either the old content or the new. */
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

/** After this long nginx is signalled again: it may have been starting, and have missed the signal. */
const timeoutMs = 30000;

/** After an error, and after routes that nginx refuses even without certificates. */
const errorRestMs = 10000;

/** The longest time until routes that nginx has refused are tried again. */
const maxTrialMs = 1800000;

/** What each rule adds to the time between two changes: nginx and Oathkeeper read all rules, and requests need the CPU too. */
const restMsOfRule = 3;
const maxRestMs = 5000;

/** Whether a time, set at most that far ahead, is still to come; the clock may have been set back since. */
function isBefore(time, atMost) {
  const left = time - Date.now();
  return left > 0 && left <= atMost;
}

/** While routes are pending, the script looks this often, until nginx is about to call it again. */
const stepMs = 20;
const callMs = 80;

/** nginx ends a call that is still waiting when the next one is due. */
async function follow(session) {
  const until = Date.now() + callMs;
  do {
    await step(session);
    if (ngx.shared.state.get("pending") === undefined) return;
    await new Promise((resolve) => setTimeout(resolve, stepMs));
  } while (Date.now() < until);
}

/**
 * Pending routes come into force, and Oathkeeper gets their rules, before newer rules are looked at. Otherwise, rules
 * that change every second would never be in force. Only deletions do not wait.
 */
async function step(session) {
  const options = JSON.parse(fs.readFileSync(session.variables.options_file, "utf8"));
  const state = ngx.shared.state;
  const fetched = stampOf(options.fetchedFile);
  const stamp = [fetched].concat(watchedFiles(options).map(stampOf)).join(" ");
  // Empty for a moment while nginx starts: pid 0 would signal everybody.
  const pid = Number(read(options.pidFile)) || 0;
  if (pid === 0 || fetched === undefined) return;
  const pending = JSON.parse(state.get("pending") || "null");
  const isNew =
    stamp !== (pending === null ? state.get("done") : pending.stamp) || isTrialDue(pending, state);
  if (isNew && stamp !== state.get("looked")) {
    forgetDeleted(options.ruleFile, fetchedRules(options));
    state.set("looked", stamp);
  }
  if (pending === null) {
    if (isNew && !isBefore(Number(state.get("restUntil") || 0), errorRestMs))
      begin(stamp, pid, options, state);
    return;
  }
  const version = await versionInForce(options);
  // Large if the clock was set back: then the routes are begun again.
  const waited = Math.abs(Date.now() - pending.since);
  if (version !== pending.version) {
    const isRefused = stampOf(options.emergencyFile) !== pending.emergencies;
    if (!isRefused && waited < timeoutMs) return;
    if (isRefused && pending.isWhole) refuse(pending.content, options, state);
    else if (isRefused) state.set("restUntil", String(Date.now() + errorRestMs));
    // The file of refused routes would keep nginx from starting: so the previous routes are written again, too.
    state.delete("handedOver");
    state.delete("pending");
  } else if (!pending.isInForce) {
    state.set("pending", JSON.stringify(Object.assign(pending, { isInForce: true, since: Date.now() })));
  } else if (waited >= options.settleMs || haveEnded(pending.workers)) {
    if (isNew) forgetDeleted(nextOf(options.ruleFile), fetchedRules(options));
    handOver(pending, options, state);
  }
}

/** Writes the routes of the fetched rules, and makes nginx read them. */
function begin(stamp, pid, options, state) {
  const { certificateFiles, emergencyFile, routesFile, ruleFile, formerFile } = options;
  const since = Date.now();
  try {
    const rules = fetchedRules(options);
    const content = JSON.stringify([rules].concat(watchedFiles(options).map(read)));
    const hash = (text) => crypto.createHash("sha256").update(text).digest("hex").slice(0, 16);
    const whole = hash(content);
    const isRefused = isBefore(refusedOf(state, whole).until, maxTrialMs);
    // With another version, nginx forgets its cached decisions, and the two can be told apart.
    const version = isRefused ? hash(`${whole} without certificates`) : whole;
    if (!isRefused && version === state.get("handedOver")) state.delete("refused");
    if (version === state.get("handedOver")) {
      replace(formerFile, read(formerFile));
      state.set("done", stamp);
      return;
    }
    if (isRefused)
      ngx.log(
        ngx.ERR,
        "nginx has not taken the routes, see its log: trying again without upstreams' certificates",
      );
    // An invalid certificate would stop every route.
    const usable = (file) => (isRefused && certificateFiles.includes(file) ? undefined : read(file));
    const former = JSON.parse(read(formerFile) || "[]");
    const built = routes.build(rules, former, version, options, searchList(), usable);
    const leftOut = Object.keys(built.leftOut);
    leftOut.forEach((id) => ngx.log(ngx.ERR, `rule ${id} is left out: ${built.leftOut[id]}`));
    replace(options.leftOutFile, JSON.stringify(leftOut));
    replace(nextOf(ruleFile), built.rules);
    // What was left out is not in Oathkeeper, and might stop nginx again.
    const taken = rules.filter((rule) => !leftOut.includes(String(rule.id)));
    replace(nextOf(formerFile), JSON.stringify(taken));
    replace(routesFile, built.configuration, 0o600);
    const rest = Math.min(restMsOfRule * rules.length, maxRestMs);
    // Just after nginx has started, some workers may not exist yet.
    const workers = state.get("handedOver") === undefined ? [] : workersOf(pid);
    const emergencies = stampOf(emergencyFile);
    const pending = {
      version,
      content: whole,
      isWhole: !isRefused,
      emergencies,
      stamp,
      since,
      rest,
      workers,
    };
    state.set("pending", JSON.stringify(pending));
    process.kill(pid, "SIGHUP");
  } catch (error) {
    ngx.log(ngx.ERR, `the rules cannot be followed: ${error}`);
    state.set("restUntil", String(Date.now() + errorRestMs));
  }
}

/** How often nginx has refused these routes, and until when they are not tried again. */
function refusedOf(state, content) {
  const refused = JSON.parse(state.get("refused") || "{}");
  return refused.content === content ? refused : { times: 0, until: 0 };
}

function refuse(content, { firstTrialMs }, state) {
  const { times } = refusedOf(state, content);
  const until = Date.now() + Math.min(firstTrialMs * 2 ** times, maxTrialMs);
  state.set("refused", JSON.stringify({ content, times: times + 1, until }));
}

/** Whether to try the whole routes again: nginx may only have lacked memory. */
function isTrialDue(pending, state) {
  const refused = JSON.parse(state.get("refused") || "null");
  return pending === null && refused !== null && !isBefore(refused.until, maxTrialMs);
}

/** Gives Oathkeeper the rules whose routes are in force. */
function handOver({ version, isWhole, stamp, rest }, { ruleFile, formerFile }, state) {
  fs.renameSync(nextOf(ruleFile), ruleFile);
  // With the time of its writing, by which newer rules are recognized.
  fs.renameSync(nextOf(formerFile), formerFile);
  state.set("handedOver", version);
  if (isWhole) state.delete("refused");
  state.set("done", stamp);
  state.set("restUntil", String(Date.now() + rest));
  state.delete("pending");
}

/** The workers of an nginx, and the manager of its cache. Not the loops of its container, which have the same parent. */
function workersOf(pid) {
  const isWorker = new RegExp(`^\\d+ \\(nginx\\) \\S ${pid} `);
  return fs
    .readdirSync("/proc")
    .filter((one) => /^\d+$/.test(one) && isWorker.test(read(`/proc/${one}/stat`) || ""));
}

/** Workers that have ended answer no request by the previous routes. */
function haveEnded(workers) {
  return workers.length > 0 && workers.every((one) => stampOf(`/proc/${one}`) === undefined);
}

function nextOf(file) {
  return `${file}.next`;
}

function watchedFiles({ certificateFiles, credentialFiles }) {
  return certificateFiles.concat(credentialFiles);
}

/** The operator writes its list in a different order each time; only a changed rule is a reason to reload and to forget. */
function fetchedRules({ fetchedFile }) {
  return JSON.parse(read(fetchedFile)).sort((one, other) => (String(one.id) < String(other.id) ? -1 : 1));
}

/** Removes deleted rules from a file of Oathkeeper at once: without them, it names nothing that nginx does not know. */
function forgetDeleted(file, rules) {
  const written = JSON.parse(read(file) || "[]");
  const ids = new Set(rules.map((rule) => rule.id));
  const left = written.filter((rule) => ids.has(rule.id.replace(/\.[0-9a-f]{12}$/, "")));
  if (left.length < written.length) replace(file, JSON.stringify(left, null, 2));
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
