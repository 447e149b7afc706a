// Counts requests for Prometheus. Runs in njs, with the engine QuickJS.
import fs from "fs";

/** Upper bounds of the histogram's buckets, in seconds. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts a request when its audit line is written, in which it stands for nothing. */
function count(r) {
  const { rule, status, decision, request_time: time } = r.variables;
  const seconds = Number(time);
  const bound = bounds.findIndex((most) => seconds <= most);
  try {
    const counters = ngx.shared.requests;
    counters.incr(`requests ${status} ${decision} ${rule}`, 1, 0);
    counters.incr(`bucket ${bound < 0 ? bounds.length : bound}`, 1, 0);
    counters.incr("milliseconds", Math.round(seconds * 1000), 0);
  } catch {
    // No memory is left for another counter; the request is none the worse for it.
  }
  return "";
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
  const lines = counters
    .keys(100000)
    .filter((key) => key.startsWith("requests "))
    .map((key) => {
      const [, status, decision, rule] = key.split(" ");
      return `portcullis_requests_total{status_code="${status}",decision="${decision}",rule="${rule}"} ${counters.get(key)}`;
    });
  let below = 0;
  const buckets = bounds.concat("+Inf").map((bound, index) => {
    below += counters.get(`bucket ${index}`) || 0;
    return `portcullis_request_duration_seconds_bucket{le="${bound}"} ${below}`;
  });
  return [
    "# HELP portcullis_requests_total Requests for protected services, by answer, decision and rule.",
    "# TYPE portcullis_requests_total counter",
    ...lines,
    "# HELP portcullis_request_duration_seconds Time from a request's first byte to its answer's last.",
    "# TYPE portcullis_request_duration_seconds histogram",
    ...buckets,
    `portcullis_request_duration_seconds_sum ${(counters.get("milliseconds") || 0) / 1000}`,
    `portcullis_request_duration_seconds_count ${below}`,
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
