// Publishes those of the operator's rules that still exist. The operator's file does not prove that: the operator
// truncates it before writing, writes a deleted Rule back while anybody's finalizer is on it, and after a Rule with
// `configMapName` writes only the Rules of that name. Runs in njs, with the engine QuickJS.
//
// Writes two files to the public folder: access-rules.json, and sum with its checksum, for which readers wait.
import crypto from "crypto";
import fs from "fs";

function read(file) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** Readers of the file see either the old content or the new. */
function replace(file, content) {
  fs.writeFileSync(`${file}.draft`, content);
  fs.renameSync(`${file}.draft`, file);
}

/** Looks whether there are other rules to publish. */
function look({ variables }) {
  publish(variables, ngx.shared.state);
}

/** How soon a failed write is tried again. */
const againMs = 5000;

/** Two writes within less than this may leave a file with the same time. */
const clockMs = 20;

/** What each rule adds to the time between two versions: every proxy fetches and checks all of them. */
const restMsOfRule = 0.3;
const maxRestMs = 5000;

/** Whether a time, set at most that far ahead, is still to come; the clock may have been set back since. */
function isBefore(time, atMost) {
  const left = time - Date.now();
  return left > 0 && left <= atMost;
}

/**
 * Publishes what has changed since the last call, in the order of ids: the operator uses a different order each time.
 * The list of Rules that exist is replaced as a whole.
 * @param state what is kept until the next call
 */
function publish({ raw_file, live_file, public_folder, sentinel }, state) {
  const now = Date.now();
  if (isBefore(Number(state.get("restUntil") || 0), maxRestMs)) return;
  const stats = [raw_file, live_file].map(statOf);
  const stamp = stats.map(({ ino, mtimeMs, size }) => `${ino} ${mtimeMs} ${size}`).join(" ");
  const isDue = !isBefore(Number(state.get("due") || 0), againMs);
  if (!isDue && stamp === state.get("stamp")) return;
  if (isDue) {
    state.set("due", String(now + againMs));
    fs.writeFileSync(`${public_folder}/.alive`, "");
  }
  if (stats.every(({ mtimeMs }) => Math.abs(now - mtimeMs) > clockMs)) state.set("stamp", stamp);
  const written = takeOver(raw_file, `${public_folder}/.written`, sentinel);
  const lives = new Set(idsOf(live_file));
  const rules = written.filter(({ id }) => lives.has(id)).sort((one, other) => (one.id < other.id ? -1 : 1));
  if (!rules.some(({ id }) => id === sentinel)) return;
  const text = JSON.stringify(rules, null, 2);
  // As `sha256sum` writes it.
  const sum = `${crypto.createHash("sha256").update(text).digest("hex")}  -\n`;
  if (sum === read(`${public_folder}/sum`)) return;
  replace(`${public_folder}/access-rules.json`, text);
  replace(`${public_folder}/sum`, sum);
  state.set("restUntil", String(Date.now() + Math.min(restMsOfRule * rules.length, maxRestMs)));
}

/** The operator's rules if it has finished writing them, else those that it had before. */
function takeOver(file, former, sentinel) {
  const text = read(file);
  const rules = parsed(text);
  // Read again: if nothing was written meanwhile, this is not a mix of two lists.
  const isComplete = rules.some(({ id }) => id === sentinel) && text === read(file);
  if (!isComplete) return parsed(read(former));
  if (text !== read(former)) replace(former, text);
  return rules;
}

/** The Rules that exist. */
function idsOf(file) {
  return (read(file) || "").split("\n").filter((id) => id !== "");
}

function parsed(text) {
  try {
    const rules = JSON.parse(text);
    return Array.isArray(rules) ? rules : [];
  } catch {
    return [];
  }
}

function statOf(file) {
  try {
    return fs.statSync(file);
  } catch {
    return {};
  }
}

/** How long a reader waits for other rules, and how soon it gets them. */
const waitMs = 10000;
const pauseMs = 50;

/** Answers with the checksum, at once unless the reader says that it has these rules. */
async function sum(request) {
  const { args, variables } = request;
  const until = Date.now() + waitMs;
  for (;;) {
    const content = read(`${variables.public_folder}/sum`);
    if (content === undefined) return request.return(404);
    if (content.split(" ")[0] !== args.than || Date.now() >= until) return request.return(200, content);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Answers with the number of Rules that exist but that the operator has not written, and with the operator's own metrics. */
async function metrics(request) {
  const operator = await (await ngx.fetch(request.variables.operator_metrics)).text();
  request.headersOut["Content-Type"] = "text/plain; version=0.0.4";
  request.return(
    200,
    [
      "# HELP portcullis_rules_not_written Rules that exist and that the operator has not written for the proxies.",
      "# TYPE portcullis_rules_not_written gauge",
      `portcullis_rules_not_written ${countNotWritten(request.variables)}`,
      operator,
    ].join("\n"),
  );
}

function countNotWritten({ live_file, public_folder }) {
  const written = new Set(parsed(read(`${public_folder}/.written`)).map(({ id }) => id));
  return idsOf(live_file).filter((id) => !written.has(id)).length;
}

export default { look, publish, sum, metrics };
