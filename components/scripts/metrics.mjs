// Counts requests for Prometheus. Runs in njs, with the engine QuickJS.
import fs from "fs";

/** The counters, looked up once. */
let zone;

/** Counts a request when its audit line is written. It adds nothing to the line: returning a text would cost more. */
function count(r) {
  // Every variable and every step costs microseconds of a request, so nginx has put the counter's name together.
  const counted = r.variables.counted_request;
  zone = zone || ngx.shared.requests;
  try {
    if (counted.endsWith("|")) zone.incr(counted, 1, 0);
    else countWithTimes(counted);
  } catch {
    // No memory is left for another counter; the request itself is not affected.
    ngx.shared.totals.incr("uncounted", 1, 0);
  }
}

/** Also adds the times, which follow the counter's name: that of the last address that was asked, and the total. */
function countWithTimes(counted) {
  const name = counted.slice(0, counted.indexOf("|") + 1);
  const whole = counted.lastIndexOf("|");
  const rule = name.slice(name.lastIndexOf(" ") + 1, -1);
  zone.incr(name, 1, 0);
  add("milliseconds request", counted.slice(whole + 1));
  if (rule !== "") {
    const last = Math.max(name.length, counted.lastIndexOf(" ") + 1);
    add(`milliseconds upstream ${rule}`, counted.slice(last, whole));
  }
}

function add(name, seconds) {
  if (seconds > 0) zone.incr(name, Math.round(seconds * 1000), 0);
}

/** Answers with nginx' counters, how old rules and routes are, and Oathkeeper's own metrics, if it answers. */
async function metrics(r) {
  const options = JSON.parse(fs.readFileSync(r.variables.options_file, "utf8"));
  const oathkeeper = await toldBy(options.oathkeeperMetrics);
  r.headersOut["Content-Type"] = "text/plain; version=0.0.4";
  r.return(
    200,
    requests(options).concat(rules(options), oathkeeperUp(oathkeeper), "").join("\n") + (oathkeeper || ""),
  );
}

/** Undefined if there is no complete answer. */
async function toldBy(url) {
  try {
    const answer = await ngx.fetch(url);
    return answer.status === 200 ? await answer.text() : undefined;
  } catch {
    return undefined;
  }
}

function oathkeeperUp(told) {
  return [
    "# HELP portcullis_oathkeeper_up Whether the pod's Oathkeeper tells its metrics: without it nothing new is decided.",
    "# TYPE portcullis_oathkeeper_up gauge",
    `portcullis_oathkeeper_up ${told === undefined ? 0 : 1}`,
  ];
}

/** Reports counters of removed rules once more, and drops them: they would take the memory of others. */
function requests({ durationBounds: bounds, fetchedFile }) {
  const zeros = () => bounds.concat("+Inf").map(() => 0);
  const counters = ngx.shared.requests;
  const kept = ngx.shared.totals;
  const isGone = goneFrom(fetchedFile);
  const take = (name, rule) => (isGone(rule) ? counters.pop(name) : counters.get(name)) || 0;
  const totals = new Map();
  // The time of all requests belongs to no rule, and must not decrease.
  const all = zeros().map((_, bucket) => kept.get(`gone ${bucket}`) || 0);
  const upstreams = new Map();
  for (const key of counters.keys(100000).filter((name) => name.startsWith("requests "))) {
    const [, inBucket, inUpstreamBucket, status, decision, reason, rule] = key.slice(0, -1).split(" ");
    const number = take(key, rule);
    const labels = `status_code="${status}",decision="${decision}",reason="${reason}",rule="${rule}"`;
    totals.set(labels, (totals.get(labels) || 0) + number);
    all[inBucket] += number;
    if (isGone(rule)) kept.incr(`gone ${inBucket}`, number, 0);
    if (inUpstreamBucket === "-") continue;
    if (!upstreams.has(rule)) upstreams.set(rule, zeros());
    upstreams.get(rule)[inUpstreamBucket] += number;
  }
  const seconds = (name, rule) => take(`milliseconds ${name}`, rule) / 1000;
  return [
    "# HELP portcullis_requests_total Requests for protected services, by answer, decision and rule.",
    "# TYPE portcullis_requests_total counter",
    ...Array.from(totals, ([labels, number]) => `portcullis_requests_total{${labels}} ${number}`),
    "# HELP portcullis_request_duration_seconds Time from a request's first byte to its answer's last.",
    "# TYPE portcullis_request_duration_seconds histogram",
    ...histogram(bounds, "portcullis_request_duration_seconds", "", all, seconds("request", "")),
    "# HELP portcullis_upstream_duration_seconds Time until the service began to answer, by its rule.",
    "# TYPE portcullis_upstream_duration_seconds histogram",
    ...[].concat(
      ...Array.from(upstreams, ([rule, numbers]) =>
        histogram(
          bounds,
          "portcullis_upstream_duration_seconds",
          `rule="${rule}"`,
          numbers,
          seconds(`upstream ${rule}`, rule),
        ),
      ),
    ),
    "# HELP portcullis_requests_uncounted_total Requests that the series above lack, as there was no memory for their counter.",
    "# TYPE portcullis_requests_uncounted_total counter",
    `portcullis_requests_uncounted_total ${kept.get("uncounted") || 0}`,
  ];
}

/** The rules that are no longer among the fetched ones; none while those cannot be read. */
function goneFrom(fetchedFile) {
  try {
    const ids = JSON.parse(fs.readFileSync(fetchedFile, "utf8")).map(({ id }) => id);
    const known = new Set(ids.concat(""));
    return (rule) => !known.has(rule);
  } catch {
    return () => false;
  }
}

function histogram(bounds, metric, label, numbers, seconds) {
  let below = 0;
  const buckets = bounds.concat("+Inf").map((bound, index) => {
    below += numbers[index];
    return `${metric}_bucket{${label === "" ? "" : `${label},`}le="${bound}"} ${below}`;
  });
  const labels = label === "" ? "" : `{${label}}`;
  return [...buckets, `${metric}_sum${labels} ${seconds}`, `${metric}_count${labels} ${below}`];
}

function rules({ fetchedFile, answeredFile, formerFile, leftOutFile }) {
  const since = (time) => (Date.now() - time) / 1000;
  const fetched = changedAt(fetchedFile);
  const behind = fetched > changedAt(formerFile) ? since(fetched) : 0;
  return [
    "# HELP portcullis_rules_left_out Rules that are no routes, of which the log tells the reasons.",
    "# TYPE portcullis_rules_left_out gauge",
    `portcullis_rules_left_out ${changedAt(leftOutFile) === 0 ? 0 : JSON.parse(fs.readFileSync(leftOutFile, "utf8")).length}`,
    "# HELP portcullis_rules_behind_seconds Since when newer rules than those in force are there.",
    "# TYPE portcullis_rules_behind_seconds gauge",
    `portcullis_rules_behind_seconds ${behind}`,
    "# HELP portcullis_rules_answer_age_seconds Since when the rule server has not said which rules are the newest.",
    "# TYPE portcullis_rules_answer_age_seconds gauge",
    `portcullis_rules_answer_age_seconds ${since(changedAt(answeredFile))}`,
  ];
}

function changedAt(file) {
  try {
    return fs.statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}

export default { count, metrics };
