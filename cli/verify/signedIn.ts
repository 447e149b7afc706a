import { refusals } from "../../documents/kratos/claimsMapper";
import type { Browser } from "./browser";
import { people, signIn } from "./signIn";
import type { Expectation } from "./table";
import type { Target } from "./target";

/** What people who sign in at the stub issuer see; nobody can be signed in automatically at a real one. */
export function signInExpectations(target: Target, provider: string, browser: () => Browser): Expectation[] {
  const page = new URL("/targets?show_only_unhealthy=false", target.service).href;
  const back = "200, back on the page first asked for";
  const enter = (person: string) => async () => {
    const { status, url, body } = await signIn(browser(), page, provider, person);
    return status === 200 && url === page ? back : `${status} on ${url}: ${textOf(body)}`;
  };
  const refused = "refused with a readable page, no session";
  const turnAway = (person: string) => async () => {
    const visitor = browser();
    const { url, body } = await signIn(visitor, page, provider, person);
    const session = (await visitor.cookies.getCookies(target.identityServer)).some(
      ({ key }) => key === target.sessionCookie,
    );
    const text = textOf(body);
    const isErrorPage = url.startsWith(new URL("/error", target.loginUi).href);
    const readable = isErrorPage && Object.values(refusals).some((refusal) => text.includes(refusal));
    return readable && !session ? refused : `on ${url}, ${session ? "a session" : "no session"}: ${text}`;
  };
  return [
    { when: "first sign-in of somebody admitted", expected: back, find: enter(people.admitted) },
    { when: "the same person again, in a new browser", expected: back, find: enter(people.admitted) },
    {
      when: "a second page with the same session",
      expected: "200 at once",
      find: async () => {
        const visitor = browser();
        await signIn(visitor, page, provider, people.admitted);
        const { status } = await visitor.ask(new URL("/", target.service).href);
        return `${status} at once`;
      },
    },
    { when: "somebody of another Workspace", expected: refused, find: turnAway(people.otherWorkspace) },
    { when: "somebody of no Workspace", expected: refused, find: turnAway(people.noWorkspace) },
    { when: "somebody whose address is not verified", expected: refused, find: turnAway(people.unverified) },
  ];
}

function textOf(html: string): string {
  return html
    .replaceAll(/<(style|script)[\s\S]*?<\/\1>/g, " ")
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 300);
}
