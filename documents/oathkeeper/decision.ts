import { asciiLower } from "../shared/emails";
import { ambiguousPath, parseAuthorizeUrl, type AuthorizeQuestion } from "../rules/authorize";
import { parseGroupRule, type GroupOfRule } from "./groups";
import { isWithin } from "./plainPaths";
import { portalWords } from "./portal";
import { parsePublicPathsUrl, type PublicPathLists } from "../rules/publicPaths";
import { overlap, parseMatchPattern, takesHost, type MatchPattern } from "./matchPattern";
import { sentinelRule } from "./sentinel";

interface AnyHandler {
  readonly handler?: string | undefined;
  readonly config?: object | undefined;
}

/** The `spec` of a Rule, whoever wrote it. */
interface AnyRule {
  readonly match?:
    { readonly url?: string | undefined; readonly methods?: readonly string[] | undefined } | undefined;
  readonly upstream?: { readonly url?: string | undefined } | undefined;
  readonly authenticators?: readonly AnyHandler[] | undefined;
  readonly authorizer?: AnyHandler | undefined;
}

/** A Rule and its name. */
export interface RuleToExplain {
  readonly metadata?:
    { readonly namespace?: string | undefined; readonly name?: string | undefined } | undefined;
  readonly spec?: AnyRule | undefined;
  /** What the rule operator says about it. */
  readonly status?:
    | {
        readonly validation?:
          { readonly valid?: boolean | undefined; readonly validationError?: string | undefined } | undefined;
      }
    | undefined;
}

/** A request that somebody might send. */
export interface Question {
  readonly url: URL;
  readonly method: string;
  /** The verified address of the person who is signed in. @default nobody is signed in */
  readonly email?: string | undefined;
}

/**
 * `allowed` and `public` requests are let through. The others are refused, named after the `reason` of the audit line:
 * `unauthorized`, `forbidden`, `no-rule` (there `unknown-service`), `failed` (`misconfigured`) and `ambiguous`
 * (`ambiguous-path`), a path that an upstream may read as another path. `unknown` is a decision that the Rule alone does
 * not determine.
 */
export type Decision =
  "allowed" | "public" | "unauthorized" | "forbidden" | "no-rule" | "failed" | "ambiguous" | "unknown";

/** What the gateway would do with a request, and why. */
export interface Explanation {
  /** What the gateway decides. */
  readonly decision: Decision;
  /** What happens, as one sentence. */
  readonly answer: string;
  /** The reasons, one sentence each. */
  readonly because: readonly string[];
  /** The Rules that match the request, as namespace/name; more than one is a mistake. */
  readonly rules: readonly string[];
  /** Where an allowed request goes. */
  readonly upstream?: string;
}

const answers: Readonly<Record<Decision, string>> = {
  allowed: "The request is forwarded to the service.",
  public: "Anybody's request is forwarded to the service, which gets no identity.",
  unauthorized: "A browser is sent to the sign-in; a program is answered 401.",
  forbidden: "Answered 403; a browser sees a page that says so.",
  "no-rule": "Answered 404.",
  failed: "Answered 500.",
  ambiguous: "Answered 400.",
  unknown: "The Rule alone does not show it.",
};

/** Explains the decision of a gateway with these Rules. It calls nothing, and assumes that the person is signed in. */
export function explain(rules: readonly RuleToExplain[], question: Question): Explanation {
  const { url, method } = question;
  const asked = patternOf(url);
  const read = readRules(rules);
  const ofUrl = taking(read, asked);
  const matching = ofUrl.filter(({ spec }) => spec?.match?.methods?.some((one) => one === method));
  const result = (decision: Decision, because: readonly string[], upstream?: string): Explanation => ({
    decision,
    answer: answers[decision],
    because,
    rules: matching.map(nameOf),
    ...(upstream !== undefined && { upstream }),
  });
  const takes = (rule: RuleToExplain) => `${nameOf(rule)} takes ${method} ${rule.spec?.match?.url ?? ""}.`;
  // nginx itself knows public paths, and asks Oathkeeper nothing else about such a request.
  const [open] = matching.flatMap((rule) => {
    const entry = publicEntry(rule.spec ?? {}, url.pathname);
    return entry === undefined ? [] : [{ rule, entry }];
  });
  if (open && !isClosed(open.rule, read, asked, method)) {
    const { entry, rule } = open;
    return result("public", [takes(rule), `publicPaths has ${entry}.`], rule.spec?.upstream?.url);
  }
  const [rule, ...others] = matching;
  if (!rule)
    return result("no-rule", [...whyNoRule(ofUrl, question), ...unreadable(read), ...notValid(rules)]);
  if (others.length > 0)
    return result("failed", [
      `${matching.map(nameOf).join(" and ")} both match: give each a host or a path of its own.`,
    ]);
  const isAmbiguous = isAboutPaths(read, asked) && !isPlain(url.pathname);
  const person = question.email === undefined ? undefined : { email: question.email };
  const { decision, because } = decide(rule.spec ?? {}, person, isAmbiguous, groupsOf(rules));
  const upstream = rule.spec?.upstream?.url;
  return result(decision, [takes(rule), ...because], decision === "allowed" ? upstream : undefined);
}

/** The Rules that take a URL with any method, as far as their hosts are literal. */
export function rulesOfUrl(rules: readonly RuleToExplain[], url: URL): RuleToExplain[] {
  return taking(readRules(rules), patternOf(url));
}

function taking(read: readonly Read[], asked: MatchPattern | undefined): RuleToExplain[] {
  return read.flatMap(({ rule, pattern }) => (asked && pattern && overlap(asked, pattern) ? [rule] : []));
}

function patternOf(url: URL): MatchPattern | undefined {
  return parseMatchPattern(`${url.protocol}//${url.host}${url.pathname}`);
}

function readRules(rules: readonly RuleToExplain[]): Read[] {
  return rules
    .filter((rule) => isValid(rule) && rule.spec?.match?.url !== sentinelRule.match.url)
    .map((rule) => ({ rule, pattern: parseMatchPattern(rule.spec?.match?.url ?? "") }));
}

/** Whether the rule operator passes a Rule on, as far as it has said so. */
export function isValid({ status }: RuleToExplain): boolean {
  return status?.validation?.valid !== false;
}

/** Somebody who is signed in. */
export interface SignedIn {
  /** The verified address; an empty one is none. */
  readonly email: string;
  /**
   * Names of the groups by claims that the identity server has stored for the person.
   * @default not known
   */
  readonly claimedGroups?: readonly string[];
}

/** What a Rule decides about a path that is plain and not public. */
export function decideFor({ spec = {} }: RuleToExplain, person: SignedIn, groups: Groups): Decided {
  return decide(spec, person, false, groups);
}

/** Part of an {@link Explanation}. */
export interface Decided {
  readonly decision: Decision;
  readonly because: readonly string[];
}

/** The members of each of a gateway's groups. */
export type Groups = ReadonlyMap<string, GroupOfRule>;

/** The gateway's groups: those of the namespace with its sentinel, or of any namespace if the Rules include no sentinel. */
export function groupsOf(rules: readonly RuleToExplain[]): Groups {
  const sentinel = rules.find(({ spec }) => spec?.match?.url === sentinelRule.match.url);
  const own = rules.filter(
    ({ metadata }) => !sentinel || metadata?.namespace === sentinel.metadata?.namespace,
  );
  return new Map(
    own.flatMap(({ spec }) => {
      const group = parseGroupRule(spec?.match?.url ?? "", configOf(spec?.authorizer)["remote"]);
      return group ? [[group.name, group] as const] : [];
    }),
  );
}

function decide(rule: AnyRule, person: SignedIn | undefined, isAmbiguous: boolean, groups: Groups): Decided {
  const handlers = (rule.authenticators ?? []).flatMap(({ handler }) => handler ?? []);
  if (handlers.includes("noop") || handlers.includes("anonymous"))
    return {
      decision: "unknown",
      because: ["The Rule requires no session: no service of a gateway has such a Rule."],
    };
  if (!handlers.some((handler) => ["cookie_session", "bearer_token"].includes(handler)))
    return { decision: "unauthorized", because: ["The Rule takes no session.", ...machines(rule)] };
  if (person === undefined)
    return {
      decision: "unauthorized",
      because: ["Nobody is signed in: ask with --email.", ...machines(rule)],
    };
  // nginx checks the path after Oathkeeper has allowed the request, and the lists of people after that.
  if (isAmbiguous && rule.authorizer?.handler !== "deny")
    return {
      decision: "ambiguous",
      because: ["A Rule of the host matches by path, and this path can be read as another."],
    };
  return authorize(rule, { ...person, email: asciiLower(person.email) }, groups);
}

/** Whether every upstream reads the path in the same way. */
function isPlain(path: string): boolean {
  return !new RegExp(ambiguousPath, "i").test(path);
}

function authorize({ authorizer }: AnyRule, person: SignedIn, groups: Groups): Decided {
  if (authorizer?.handler === "allow")
    return { decision: "allowed", because: ["The service is open to everybody who may sign in."] };
  if (authorizer?.handler === "deny") return { decision: "forbidden", because: ["The Rule lets nobody in."] };
  const remote = configOf(authorizer)["remote"];
  const asks = typeof remote === "string" ? parseAuthorizeUrl(remote, portalWords) : undefined;
  if (!asks) return { decision: "unknown", because: ["Its authorizer is not one that a gateway writes."] };
  return listed(asks, person, groups);
}

function listed({ lists }: AuthorizeQuestion, { email, claimedGroups }: SignedIn, groups: Groups): Decided {
  if (!lists) return { decision: "allowed", because: ["The service is open to everybody who may sign in."] };
  const domain = email.includes("@") ? email.slice(email.lastIndexOf("@") + 1) : undefined;
  if (lists.emails.includes(email)) return { decision: "allowed", because: [`access.emails has ${email}.`] };
  if (domain !== undefined && lists.domains.includes(domain))
    return { decision: "allowed", because: [`access.domains has ${domain}.`] };
  const of = lists.groups.flatMap((name) => {
    const group = groups.get(name);
    if (group?.isClaimed && claimedGroups?.includes(name))
      return [`access.groups has ${name}, and the login provider said that ${email} is in it.`];
    if (group?.lists.emails.includes(email))
      return [`access.groups has ${name}, whose emails have ${email}.`];
    return domain !== undefined && group?.lists.domains.includes(domain)
      ? [`access.groups has ${name}, whose domains have ${domain}.`]
      : [];
  });
  if (of.length > 0) return { decision: "allowed", because: of };
  const claimed = lists.groups.filter((name) => groups.get(name)?.isClaimed);
  if (claimed.length > 0 && claimedGroups === undefined)
    return {
      decision: "unknown",
      because: claimed.map(
        (name) =>
          `access.groups has ${name}, and the login provider says who is in it: "sessions list --services" shows it for those who have signed in.`,
      ),
    };
  const lines = Object.entries({ "access.emails": lists.emails, "access.domains": lists.domains })
    .filter(([, entries]) => entries.length > 0)
    .map(([name, entries]) => `${name} has only ${entries.join(", ")}.`);
  const ofGroups = lists.groups.map((name) =>
    groups.has(name)
      ? `access.groups has ${name}, and ${email} is not in it.`
      : `access.groups has ${name}, which the gateway does not have: nobody is in it.`,
  );
  return { decision: "forbidden", because: [...lines, ...ofGroups] };
}

function whyNoRule(ofUrl: readonly RuleToExplain[], { url, method }: Question): string[] {
  if (ofUrl.length === 0) return [`No Rule takes ${url.protocol}//${url.host}${url.pathname}.`];
  return ofUrl.map(
    (rule) => `${nameOf(rule)} takes ${rule.spec?.match?.methods?.join(", ") ?? ""}, not ${method}.`,
  );
}

interface Read {
  readonly rule: RuleToExplain;
  readonly pattern: MatchPattern | undefined;
}

function notValid(rules: readonly RuleToExplain[]): string[] {
  return rules
    .filter((rule) => !isValid(rule))
    .map(
      (rule) =>
        `${nameOf(rule)} is left out by the rule operator: ${rule.status?.validation?.validationError ?? "it is not valid"}.`,
    );
}

function unreadable(read: readonly Read[]): string[] {
  return read
    .filter(({ pattern }) => !pattern)
    .map(({ rule }) => `${nameOf(rule)} was not looked at: its hosts are not literal.`);
}

/** If a Rule of a host, or of the wildcard over it, covers only some paths, every path of the host must be plain. */
function isAboutPaths(read: readonly Read[], asked: MatchPattern | undefined): boolean {
  const hosts = asked?.hosts ?? [];
  return read.some(
    ({ pattern }) =>
      pattern?.hosts.some((own) => hosts.some((one) => takesHost(own, one))) && !isWhole(pattern.path),
  );
}

/** What a wildcard opens is not open on a host that another Rule of the method names. */
function isClosed(
  open: RuleToExplain,
  read: readonly Read[],
  asked: MatchPattern | undefined,
  method: string,
): boolean {
  const names = ({ pattern }: Read) =>
    pattern?.hosts.some((own) =>
      asked?.hosts.some(({ host, port }) => host === own.host && port === own.port),
    );
  const ofMethod = read.filter(({ rule }) => rule.spec?.match?.methods?.includes(method));
  return ofMethod.some(names) && !ofMethod.some((one) => one.rule === open && names(one));
}

/** Whether a Rule takes every path of its hosts. */
function isWhole(path: string): boolean {
  return path === "/<**>" || (/^\/<\{(.*)\}>$/.exec(path)?.[1]?.split(",").includes("**") ?? false);
}

function publicPathsOf({ authenticators = [] }: AnyRule): PublicPathLists | undefined {
  const open = authenticators.find(({ handler }) => handler === "bearer_token");
  const url = configOf(open)["check_session_url"];
  return typeof url === "string" ? parsePublicPathsUrl(url) : undefined;
}

/** The entry of a Rule's public paths that covers a path. */
function publicEntry(rule: AnyRule, path: string): string | undefined {
  const open = publicPathsOf(rule);
  if (!open || !isPlain(path)) return undefined;
  const { exact, prefix } = open;
  if (exact.includes(path)) return path;
  const above = prefix.find((one) => isWithin(path, one));
  return above === undefined ? undefined : `${above} and all below it`;
}

function machines({ authenticators = [] }: AnyRule): string[] {
  return authenticators
    .filter(({ handler }) => handler === "jwt")
    .map((one) => {
      const { trusted_issuers: issuers, target_audience: audiences } = configOf(one);
      return `A program comes in with a token of ${String(issuers)} for ${String(audiences)}.`;
    });
}

function configOf(handler: AnyHandler | undefined): Readonly<Record<string, unknown>> {
  return (handler?.config ?? {}) as Readonly<Record<string, unknown>>;
}

function nameOf({ metadata }: RuleToExplain): string {
  return `${metadata?.namespace ?? "default"}/${metadata?.name ?? "?"}`;
}
