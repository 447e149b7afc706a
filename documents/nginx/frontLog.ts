/**
 * What the front's log needs in the context `http`: a line for each request that a limit refused, or that Kratos could not
 * serve. It contains nothing of the query, which has codes and tokens.
 */
export const frontLogContext = `  map $status $audited {
    429 "sign-in limited";
    "~^5" "sign-in failed";
    default "";
  }
  log_format front escape=json
    '{"time":"$time_iso8601","audit":"$audited","request":"$x_request_id","status":$status,'
    '"client":"$client","action":"$action"}';`;

/** The server's log. */
export const frontLog = "access_log /dev/stdout front if=$audited buffer=64k flush=1s;";
