// @ts-check
// Deactivates everybody whom no login provider would let in today, ends their sessions, and writes a line for each.
// Deletes identities whose claims have to be renewed, so that the claims are read at the next sign-in. Changes nothing
// before all identities have been read: an error until then deactivates nobody.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { accountsOf, areClaimsOutdated, qualifies } from "./qualifies.mjs";

const pageSize = 250;
const maxPages = 4_000;
const timeoutMs = 30_000;
const connectingMs = 60_000;

/** @typedef {import("./qualifies.mjs").Identity & { id: string, state: string }} Identity */

/** @type {import("../../../documents/kratos/leavers.js").LeaversSettings} */
const { atMost, admissions, claims } = JSON.parse(
  readFileSync(new URL("./settings.json", import.meta.url), "utf8"),
);
const adminUrl = process.env["ADMIN_URL"];

/**
 * @param {string} path
 * @param {RequestInit} [request]
 * @param {readonly number[]} [alsoFine]
 * @param {string} [action]
 */
async function ask(path, request = {}, alsoFine = [], action = "deactivate") {
  const headers = {
    ...request.headers,
    "x-portcullis-actor": "leavers",
    "x-portcullis-action": action,
  };
  const response = await fetch(`${adminUrl}${path}`, {
    ...request,
    headers,
    redirect: "error",
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok && !alsoFine.includes(response.status))
    throw new Error(`The identity server answers ${response.status} at ${path.split("?")[0]}.`);
  return response;
}

/** Network plugins take some seconds to apply NetworkPolicies to a new pod: until then, nobody accepts its connections. */
async function connect() {
  const deadline = Date.now() + connectingMs;
  for (;;) {
    try {
      await fetch(`${adminUrl}/health/alive`, { signal: AbortSignal.timeout(timeoutMs) });
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(1_000);
    }
  }
}

async function everybody() {
  /** @type {Identity[]} */
  const found = [];
  let token = "";
  for (let page = 0; page < maxPages; page++) {
    const query = new URLSearchParams({ page_size: String(pageSize), include_credential: "oidc" });
    if (token !== "") query.set("page_token", token);
    const response = await ask(`/admin/identities?${query}`);
    const identities = await response.json();
    if (!Array.isArray(identities) || !identities.every(isIdentity))
      throw new Error("The identity server's list holds something else than identities.");
    found.push(...identities.map(judgedParts));
    const next = nextPage(response.headers.get("link"));
    if (next === undefined) return found;
    if (next === token) throw new Error("The identity server's list does not end.");
    token = next;
  }
  throw new Error(`There are more than ${pageSize * maxPages} identities.`);
}

/** @param {unknown} value */
function isIdentity(value) {
  const { id, state } = /** @type {Partial<Identity>} */ (value ?? {});
  return typeof id === "string" && (state === "active" || state === "inactive");
}

/**
 * Only what decides: most of an identity are its provider's tokens, and all identities are in memory at once.
 *
 * @param {Identity} identity
 * @returns {Identity}
 */
function judgedParts({ id, state, created_at, credentials, metadata_public, metadata_admin }) {
  const { identifiers } = credentials?.oidc ?? {};
  return { id, state, created_at, credentials: { oidc: { identifiers } }, metadata_public, metadata_admin };
}

/** @param {string | null} link */
function nextPage(link) {
  const next = /<([^>]*)>;\s*rel="next"/.exec(link ?? "")?.[1];
  return next === undefined
    ? undefined
    : (new URL(next, adminUrl).searchParams.get("page_token") ?? undefined);
}

/** @param {object} said */
function write(said) {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), audit: "leavers", ...said })}\n`);
}

/** @param {Identity} identity */
async function deactivate(identity) {
  const path = `/admin/identities/${encodeURIComponent(identity.id)}`;
  // In this order: in between, nobody can begin another session. If the second step fails, remaining sessions do not
  // count while their identity is inactive.
  await ask(path, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify([{ op: "replace", path: "/state", value: "inactive" }]),
  });
  write({
    action: "deactivated",
    identity: identity.id,
    email: identity.metadata_public?.email ?? "",
    providers: accountsOf(identity).map(({ provider }) => provider),
  });
  await ask(`${path}/sessions`, { method: "DELETE" }, [404]);
}

/**
 * Ends their sessions too.
 *
 * @param {Identity} identity
 */
async function forget(identity) {
  await ask(`/admin/identities/${encodeURIComponent(identity.id)}`, { method: "DELETE" }, [404], "forget");
  write({ action: "forgotten", identity: identity.id, email: identity.metadata_public?.email ?? "" });
}

/**
 * Changes each, whatever happens to the others: one that the identity server refuses must not keep the next ones in.
 *
 * @param {readonly Identity[]} identities
 * @param {(identity: Identity) => Promise<void>} change
 * @returns how many failed
 */
async function changeEach(identities, change) {
  let failed = 0;
  for (const identity of identities)
    try {
      await change(identity);
    } catch (error) {
      failed += 1;
      write({ action: "failed", identity: identity.id, message: messageOf(error) });
    }
  return failed;
}

async function run() {
  await connect();
  const identities = await everybody();
  const active = identities.filter(({ state }) => state === "active");
  // Identities without an account that is known here are not judged.
  const judged = active.filter((identity) => accountsOf(identity).length > 0);
  const leavers = judged.filter(
    (identity) =>
      !accountsOf(identity).some(({ provider, ...account }) => {
        const admission = Object.hasOwn(admissions, provider) ? admissions[provider] : undefined;
        return admission !== undefined && qualifies(admission, account);
      }),
  );
  const outdated = judged.filter(
    (identity) => !leavers.includes(identity) && areClaimsOutdated(identity, claims, Date.now()),
  );
  const isRefused = leavers.length > atMost;
  // Leavers come first: there may be many identities with old claims.
  const notDeactivated = isRefused ? 0 : await changeEach(leavers, deactivate);
  const notForgotten = await changeEach(outdated, forget);
  const counts = { active: active.length, notJudged: active.length - judged.length, leavers: leavers.length };
  if (isRefused) {
    write({ action: "refused", ...counts, atMost });
    throw new Error(
      `${leavers.length} people are on no list any more, and at most ${atMost} are deactivated at once: nobody was.`,
    );
  }
  const failed = notDeactivated + notForgotten;
  write({
    action: "checked",
    ...counts,
    ...(Object.keys(claims).length > 0 && { forgotten: outdated.length - notForgotten }),
    ...(failed > 0 && { failed }),
  });
  if (failed > 0) process.exitCode = 1;
}

/** @param {unknown} error */
function messageOf(error) {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return `${error instanceof Error ? error.message : String(error)}${cause}`;
}

run().catch((/** @type {unknown} */ error) => {
  write({ action: "failed", message: messageOf(error) });
  process.exitCode = 1;
});
