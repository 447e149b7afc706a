// Lists the services that a user may open, from the rules in force as they were fetched.
// Runs in njs, with the engine QuickJS, in the process that follows the rules.
import fs from "fs";
import paths from "./paths.mjs";
import people from "./people.mjs";

/** A service with public paths has the second of these instead of the first. */
const sessionHandlers = ["cookie_session", "bearer_token"];

/** Escapes as Oathkeeper's templates do. */
function escaped(text) {
  return encodeURIComponent(text)
    .replace(/%20/g, "+")
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Undefined for a text of a hand-written rule that cannot be decoded. */
function unescaped(text) {
  try {
    return decodeURIComponent(text.replace(/\+/g, " "));
  } catch {
    return undefined;
  }
}

/** Whose session it is: 200 with the address and the names of groups by claims, or Kratos' refusal. */
async function whose(cookie, options) {
  const answer = await ngx.fetch(options.sessionCheckUrl, { headers: { Cookie: cookie } });
  if (answer.status !== 200) return { status: answer.status };
  const session = await answer.json();
  if (options.neededAal !== "" && session.authenticator_assurance_level !== options.neededAal)
    return { status: 403 };
  const known = (session.identity || {}).metadata_public || {};
  const text = (value) => (typeof value === "string" ? value : "");
  return { status: 200, email: text(known.email), claimed: text(known.groups).split(".") };
}

/** A rule as an entry of the list: who may use its service, and what is shown; undefined if there is no page to open. */
function entryOf(rule, options) {
  const match = paths.parseMatch(rule.match.url);
  if (!match || !rule.match.methods.includes("GET")) return undefined;
  if (!rule.authenticators.some((one) => sessionHandlers.includes(one.handler))) return undefined;
  const access = people.accessOf(rule.authorizer, options);
  const word = (name) => (access[name] === undefined ? undefined : unescaped(access[name]));
  if (word("portal") === "hidden") return undefined;
  const scheme = match.schemes[match.schemes.length - 1];
  // A wildcard is not a page to open.
  const host = match.hosts.find((one) => !one.startsWith("*."));
  if (host === undefined) return undefined;
  const place = host + (paths.isWhole(match) ? "" : match.paths[0].replace(/\/?\*+$/, ""));
  const shown = {
    url: `${scheme}://${place}${place.includes("/") ? "" : "/"}`,
    title: word("title") || place,
  };
  ["description", "icon"].forEach((name) => {
    if (word(name) !== undefined) shown[name] = word(name);
  });
  return { access, shown };
}

/** Entries are in lower case, escapes too. */
function isListed(emails, domains, email) {
  const address = email.toLowerCase();
  const parts = address.split("%40");
  return (
    (address !== "" && emails.includes(address)) ||
    (parts.length > 1 && domains.includes(parts[parts.length - 1]))
  );
}

/** Whether a person may use a service: the proxy's maps compare in the same way. */
function mayUse({ any, everybody, emails, domains, groups = "" }, email, own = []) {
  if (any || everybody) return true;
  return (
    isListed(people.entriesOf(emails), people.entriesOf(domains), email) ||
    groups.split(",").some((name) => own.includes(name))
  );
}

/**
 * Names of the groups that a person is in.
 * @param claimed names of those by claims
 */
function groupsOf(rules, email, claimed, options) {
  return rules
    .map((rule) => people.groupOf(rule, options))
    .filter(
      (group) =>
        group !== undefined &&
        (isListed(group.emails, group.domains, email) || (group.isClaimed && claimed.includes(group.name))),
    )
    .map(({ name }) => name);
}

async function list(r) {
  const options = JSON.parse(fs.readFileSync(r.variables.options_file, "utf8"));
  const who = await whose(r.headersIn["Cookie"] || "", options);
  if (who.status !== 200) {
    r.return(who.status, "{}");
    return;
  }
  const email = escaped(who.email);
  const rules = JSON.parse(fs.readFileSync(options.formerFile, "utf8"));
  const own = groupsOf(rules, email, who.claimed, options);
  const open = rules
    .map((rule) => entryOf(rule, options))
    .filter((entry) => entry !== undefined && mayUse(entry.access, email, own))
    .map((entry) => entry.shown);
  const urls = open.map((one) => one.url);
  const once = open.filter((one, index) => urls.indexOf(one.url) === index);
  once.sort((one, other) => (one.title.toLowerCase() < other.title.toLowerCase() ? -1 : 1));
  r.return(200, JSON.stringify({ services: once }));
}

export default { list, mayUse };
