// Counts requests for Prometheus. Runs in njs, with the engine QuickJS.
import fs from "fs";

/** Upper bounds of the histogram's buckets, in seconds. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts a request when its audit line is written, in which it stands for nothing. */
function count(r) {
  const {
    rule,
    counted_status: status,
    decision,
    reason,
    request_time: time,
    upstream_header_time: upstream,
  } = r.variables;
  try {
    const counters = ngx.shared.requests;
    counters.incr(`requests ${status} ${decision} ${reason} ${rule}`, 1, 0);
    observe(counters, "request", Number(time));
    // Where one address failed there are two times, "0.001, 0.020".
    const tried = (upstream || "").split(/[,:]/).map(Number);
    if (rule !== "" && upstream) observe(counters, `upstream ${rule}`, tried[tried.length - 1]);
  } catch {
    // No memory is left for another counter; the request is none the worse for it.
  }
  return "";
}

function observe(counters, name, seconds) {
  if (Number.isNaN(seconds)) return;
  const bound = bounds.findIndex((most) => seconds <= most);
  counters.incr(`bucket ${bound < 0 ? bounds.length : bound} ${name}`, 1, 0);
  counters.incr(`milliseconds ${name}`, Math.round(seconds * 1000), 0);
}

/** Answers with nginx' counters, how far the routes are behind the rules, and what Oathkeeper tells of itself. */
async function metrics(r) {
  const options = JSON.parse(fs.readFileSync(r.variables.options_file, "utf8"));
  const oathkeeper = await (await ngx.fetch(options.oathkeeperMetrics)).text();
  r.headersOut["Content-Type"] = "text/plain; version=0.0.4";
  r.return(200, requests().concat(rules(options), "").join("\n") + oathkeeper);
}

function requests() {
  const counters = ngx.shared.requests;
  const keys = counters.keys(100000);
  const named = (prefix) => keys.filter((key) => key.startsWith(prefix));
  const lines = named("requests ").map((key) => {
    const [, status, decision, reason, rule] = key.split(" ");
    return `portcullis_requests_total{status_code="${status}",decision="${decision}",reason="${reason}",rule="${rule}"} ${counters.get(key)}`;
  });
  const upstreams = named("milliseconds upstream ").map((key) => key.slice("milliseconds upstream ".length));
  return [
    "# HELP portcullis_requests_total Requests for protected services, by answer, decision and rule.",
    "# TYPE portcullis_requests_total counter",
    ...lines,
    "# HELP portcullis_request_duration_seconds Time from a request's first byte to its answer's last.",
    "# TYPE portcullis_request_duration_seconds histogram",
    ...histogram(counters, "portcullis_request_duration_seconds", "request", ""),
    "# HELP portcullis_upstream_duration_seconds Time until the service began to answer, by its rule.",
    "# TYPE portcullis_upstream_duration_seconds histogram",
    ...[].concat(
      ...upstreams.map((rule) =>
        histogram(counters, "portcullis_upstream_duration_seconds", `upstream ${rule}`, `rule="${rule}"`),
      ),
    ),
  ];
}

function histogram(counters, metric, name, label) {
  let below = 0;
  const buckets = bounds.concat("+Inf").map((bound, index) => {
    below += counters.get(`bucket ${index} ${name}`) || 0;
    return `${metric}_bucket{${label === "" ? "" : `${label},`}le="${bound}"} ${below}`;
  });
  const labels = label === "" ? "" : `{${label}}`;
  return [
    ...buckets,
    `${metric}_sum${labels} ${(counters.get(`milliseconds ${name}`) || 0) / 1000}`,
    `${metric}_count${labels} ${below}`,
  ];
}

function rules({ fetchedFile, formerFile, leftOutFile }) {
  const fetched = changedAt(fetchedFile);
  const behind = fetched > changedAt(formerFile) ? (Date.now() - fetched) / 1000 : 0;
  return [
    "# HELP portcullis_rules_left_out Rules that are no routes, of which the log tells the reasons.",
    "# TYPE portcullis_rules_left_out gauge",
    `portcullis_rules_left_out ${changedAt(leftOutFile) === 0 ? 0 : JSON.parse(fs.readFileSync(leftOutFile, "utf8")).length}`,
    "# HELP portcullis_rules_behind_seconds Since when newer rules than those in force are there.",
    "# TYPE portcullis_rules_behind_seconds gauge",
    `portcullis_rules_behind_seconds ${behind}`,
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
