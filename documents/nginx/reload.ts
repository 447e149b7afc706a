/**
 * How long an old worker, told to end, keeps a connection that was just used: what is sent into it just before it would be
 * closed gets its answer.
 * @see https://nginx.org/en/docs/http/ngx_http_core_module.html#keepalive_min_timeout
 */
export const keptConnectionMs = 200;

/**
 * How long routes that were made without upstreams' certificates, as nginx refused them, are in force until the whole ones are tried
 * again. Each further refusal doubles it.
 */
export const firstTrialMs = 60_000;

/** How long new workers already answer before nginx tells the old ones to end. */
const overlapMs = 100;

/** From the first answer of a new worker until no old one reads a request any more. */
export const settleMs = overlapMs + keptConnectionMs + 50;
