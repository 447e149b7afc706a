import { describeProblem, found, type Problem } from "../../documents/shared/problem";
import { Browser } from "../verify/browser";
import type { PlannedResource } from "./preview";
import type { Item } from "./report";
import { errorMessage } from "../../documents/shared/errorMessage";

/** Requests a URL like a client that follows redirects. */
export type Ask = (url: string) => Promise<{ readonly status: number; readonly body: string }>;

const ANSWERS_WITHIN_MS = 10_000;
const SOURCE = "login providers";

/**
 * Compares each planned provider's `issuerUrl` with its discovery document: Kratos refuses every sign-in if they differ by
 * as little as a slash. An issuer that cannot be reached from here gives a note, because only Kratos has to reach it.
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationValidation
 */
export async function issuerItems(planned: readonly PlannedResource[], ask: Ask = askedNow): Promise<Item[]> {
  const clients = planned.filter(({ type, isRemoved }) => type.endsWith(":OidcClient") && !isRemoved);
  const items = clients.map(async ({ urn, inputs: { issuerUrl, kind = "generic" } }) => {
    if (kind !== "generic" || typeof issuerUrl !== "string") return [];
    const name = urn.split("::").at(-1) ?? "";
    return asked(issuerUrl, ask).then(
      (issuer): Item[] => {
        const problems = issuer === issuerUrl ? [] : [mismatch(issuerUrl, issuer)];
        return problems.map((problem) => ({
          level: "error",
          source: SOURCE,
          message: `OidcClient ${name}: ${describeProblem(problem)}`,
        }));
      },
      (error: unknown): Item[] => {
        const reason = errorMessage(error);
        const message = `OidcClient ${name}: ${issuerUrl} did not say what its issuer is: ${reason}`;
        return [{ level: "note", source: SOURCE, message }];
      },
    );
  });
  return (await Promise.all(items)).flat();
}

function mismatch(issuerUrl: string, issuer: string): Problem {
  return {
    path: "issuerUrl",
    value: found(issuerUrl),
    reason: `is not the issuer that the provider's discovery document names, and Kratos refuses every sign-in`,
    fix: `Write ${found(issuer)}.`,
  };
}

async function asked(issuerUrl: string, ask: Ask): Promise<string> {
  const url = `${issuerUrl.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const { status, body } = await ask(url);
  if (status !== 200) throw new Error(`${url} answered ${status}`);
  const { issuer } = documentOf(body, url);
  if (typeof issuer !== "string") throw new Error(`${url} names no issuer`);
  return issuer;
}

function documentOf(body: string, url: string): { readonly issuer?: unknown } {
  try {
    return JSON.parse(body) as { readonly issuer?: unknown };
  } catch {
    throw new Error(`${url} is not a discovery document`);
  }
}

async function askedNow(url: string) {
  const browser = new Browser();
  const timeout = AbortSignal.timeout(ANSWERS_WITHIN_MS);
  const late = new Promise<never>((_, reject) => {
    timeout.addEventListener("abort", () => {
      reject(new Error(`no answer within ${ANSWERS_WITHIN_MS / 1000} s`));
    });
  });
  try {
    return await Promise.race([browser.open(url, { accept: "application/json" }), late]);
  } finally {
    await browser.destroy();
  }
}
