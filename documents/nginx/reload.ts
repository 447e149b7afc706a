/**
 * How long an old worker that was told to end keeps a connection that was just used: a request sent just before it would be
 * closed still gets its answer.
 * @see https://nginx.org/en/docs/http/ngx_http_core_module.html#keepalive_min_timeout
 */
export const keptConnectionMs = 200;

/**
 * How long routes without upstreams' certificates, made because nginx refused them, are used before the complete ones are
 * tried again. Each further refusal doubles this time.
 */
export const firstTrialMs = 60_000;

/** How long new workers already answer before nginx tells the old ones to end. */
const overlapMs = 100;

/** The time from the first answer of a new worker until no old one reads a request any more. */
export const settleMs = overlapMs + keptConnectionMs + 50;
