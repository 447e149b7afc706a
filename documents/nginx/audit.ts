import { answers, undecidedAnswers, type AnswerName } from "./answers";
import { visitorVariables } from "./authorize";
import { requestMetricsContext } from "./requestMetrics";

const refusals = (Object.keys(answers) as AnswerName[]).filter((name) => !undecidedAnswers.includes(name));

/** Answers that a failure causes, and not the visitor or the request. */
const failures: readonly AnswerName[] = ["misconfigured", "unavailable"];

/** The reason if the connection was closed before there was a decision: by nginx, if it fails itself, or by the client. */
const unanswered = "unanswered";

/** Bytes that need not be whole letters: the script replaces those that are none, because JSON is UTF-8. */
function others(name: string): string {
  const script = name.charAt(0).toUpperCase() + name.slice(1);
  return `js_set $readable_${name} requests.audited${script};\n`;
}

/** A variable cut to a length: only lines up to some size are written at once, and a client may send anything. */
function short(variable: string, name: string, length: number): string {
  return `${others(name)}map ${variable} $audited_${name} {
  "~[\\x80-\\xff]" $readable_${name};
  "~^(.{0,${length}})" $1;
}
`;
}

/** The same for its end: proxies append to a list, so its start is what the client claims. */
function end(variable: string, name: string, length: number): string {
  return `${others(name)}map ${variable} $audited_${name} {
  "~[\\x80-\\xff]" $readable_${name};
  "~^.*(.{${length}})$" $1;
  default ${variable};
}
`;
}

/**
 * The HTTP statuses of gRPC statuses, as Google's APIs define them, except for 12, which is no failure of a server: it has
 * no such method.
 * @see https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
 */
const statusOfGrpc: Readonly<Record<number, number>> = {
  ...{ 0: 200, 1: 499, 2: 500, 3: 400, 4: 504, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400 },
  ...{ 10: 409, 11: 400, 12: 404, 13: 500, 14: 503, 15: 500, 16: 401 },
};

/** The longest line that a pipe takes as a whole, whatever the other worker writes. */
const lineBuffer = "4k";

/**
 * The audit line, a JSON object for each request. It has no query, cookie, token or other header of the client except those
 * that say who requests what from where.
 */
export const auditContext = `map $named_rule $rule {
  # The content of a rule is in its name; the rule's own name is before.
  "~^(.+)[.][0-9a-f]{12}$" $1;
  default "";
}
map "$public ${visitorVariables.bearerToken}" $grounds {
  "1 " public;
  " 1" token;
  default session;
}
map $status $grounds_of_none {
  000 ${unanswered};
  499 ${unanswered};
  default malformed;
}
map $named_rule $grounds_of_rule {
  "" $grounds_of_none;
  default $grounds;
}
map $answer $reason {
${refusals.map((name) => `  ${name} ${name};\n`).join("")}  default $grounds_of_rule;
}
map $reason $decision {
  session allowed;
  token allowed;
  public allowed;
${[...failures, unanswered].map((name) => `  ${name} failed;\n`).join("")}  default refused;
}
map $user_id $machine {
  "~^machine:(.*)$" $1;
  default "";
}
map $user_id $identity {
  "~^machine:" "";
  default $user_id;
}
# A page of ours is asked for by GET, whatever it stands for.
map $request $audited_method {
  "~^(\\S{1,20}) " $1;
  default "";
}
map $http_traceparent $trace {
  "~^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$" $1;
  default "";
}
map "$sent_trailer_grpc_status$sent_http_grpc_status" $grpc_status {
  "~^([0-9]{1,3})$" $1;
  default "";
}
# JSON has no number 000, by which nginx means none.
map $status $audited_status {
  000 0;
  default $status;
}
# Every answer to a gRPC client has the status 200.
map $grpc_status $counted_status {
${Object.entries(statusOfGrpc)
  .map(([code, status]) => `  ${code} ${status};\n`)
  .join("")}  default $audited_status;
}
${requestMetricsContext}${short("$request_path", "path", 1024)}${short("$http_host", "host", 256)}${end("$http_x_forwarded_for", "client", 256)}${short("$machine", "machine", 512)}log_format audit escape=json
  '{"time":"$time_iso8601","audit":"request","request":"$x_request_id","trace":"$trace",'
  '"host":"$audited_host","method":"$audited_method","path":"$audited_path","status":$audited_status,"grpcStatus":"$grpc_status",'
  '"decision":"$decision","reason":"$reason","rule":"$rule","identity":"$identity","email":"$user_email",'
  '"machine":"$audited_machine","client":"$audited_client","bytes":$bytes_sent,"seconds":$request_time,'
  '"upstreamSeconds":"$upstream_response_time","remembered":"$remembered"}$counted';
`;

/** Writing each line by itself would be a tenth of a request's cost. */
export const auditLog = `access_log /dev/stdout audit buffer=${lineBuffer} flush=1s;`;
