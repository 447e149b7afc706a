// Who may use a service, as its Rule states it. Runs in njs, with the engine QuickJS.
import hashes from "./hashes.mjs";
import text from "./text.mjs";

const { map, quote } = text;

const forbidden = "is not what the gateway's admission lets through";

const accessForms = {
  everybody: /^1$/,
  emails: /^[A-Za-z0-9%._~+,-]+$/,
  domains: /^[A-Za-z0-9%._~+,-]+$/,
  groups: /^[a-z0-9,-]+$/,
  claimed: /^1$/,
  claims: /^[A-Za-z0-9%._~+=:;/-]+$/,
};

/** How the start page shows the service, at most 200 characters with escapes: everybody's page has it. */
const wordForm = /^[A-Za-z0-9%._~+-]{1,2400}$/;

/** Who may use the service, and how it is shown: its authorizer `remote_json` sends no request, its URL states this. */
function accessOf({ handler, config }, options) {
  if (handler === "allow") return { any: "1" };
  if (handler === "deny") return {};
  const url = (handler === "remote_json" && config && config.remote) || "";
  if (!url.startsWith(options.authorizePrefix)) throw `its authorizer ${handler} ${forbidden}`;
  const access = {};
  const query = url.slice(options.authorizePrefix.length);
  (query === "" ? [] : query.split("&")).forEach((argument) => {
    const at = argument.indexOf("=");
    const name = argument.slice(0, at);
    const value = argument.slice(at + 1);
    const form = options.portalWords.includes(name) ? wordForm : accessForms[name];
    if (access[name] !== undefined || !form || !form.test(value))
      throw `its authorizer remote_json ${forbidden}`;
    access[name] = value;
  });
  return access;
}

/** The entries of a list of people, each once: nginx does not distinguish upper and lower case, and takes no entry twice. */
function entriesOf(list) {
  return Array.from(new Set((list || "").toLowerCase().split(","))).filter((entry) => entry !== "");
}

function assertEntries(list, { maxEntry }) {
  const entries = entriesOf(list);
  if (entries.some((entry) => entry.length > maxEntry))
    throw "it has an entry of a list that is longer than any address";
  if (hashes.isCrowded(entries)) throw "it has a list whose entries are too many of one hash for nginx";
}

/** The group whose members a rule states, which only the gateway's own rules do; undefined for a rule about requests. */
function groupOf(rule, options) {
  const found = new RegExp(options.groupPattern).exec(rule.match.url);
  if (!found) return undefined;
  if (!rule.id.endsWith(`.${options.namespace}`))
    throw "it is of a group, and not in the gateway's namespace";
  const { emails, domains, claimed } = accessOf(rule.authorizer, options);
  [emails, domains].forEach((list) => assertEntries(list, options.forms));
  return {
    name: found[1],
    emails: entriesOf(emails),
    domains: entriesOf(domains),
    isClaimed: claimed !== undefined,
  };
}

/**
 * The numbers of the groups that each address, or each domain, is in, as nginx compares them: `0,3,`.
 * @param which `emails` or `domains`
 */
function numbersOf(groups, which) {
  const numbers = new Map();
  groups.forEach((group, index) =>
    group[which].forEach((entry) => numbers.set(entry, `${numbers.get(entry) || ""}${index},`)),
  );
  return Array.from(numbers);
}

/** The numbers of the groups that a rule names. A group that the gateway does not have lets nobody in. */
function namedGroups({ groups: named }, groups) {
  return groups.map(({ name }, index) => (named.split(",").includes(name) ? `${index},` : "")).join("");
}

/** The names of the groups by claims that a rule names, as nginx compares them: `ops.sre.`. */
function namedClaimedGroups({ groups: named }, groups) {
  return groups
    .filter(({ isClaimed, name }) => isClaimed && named.split(",").includes(name))
    .map(({ name }) => `${name}.`)
    .join("");
}

/** Whether nginx reads the names of the groups by claims that a rule names. */
function areReadable({ groups: named }, groups, { maxText }) {
  return named === undefined || quote(namedClaimedGroups({ groups: named }, groups)).length <= maxText;
}

/**
 * The maps by which nginx finds who is on which list and in which group. Each list is there once, however many rules
 * use it, and people are found by a hash, however long the list is.
 */
function maps(routes, groups) {
  const listOf = ({ access: { emails, domains } }) =>
    emails === undefined && domains === undefined ? undefined : `${emails || ""} ${domains || ""}`;
  const lists = Array.from(new Set(routes.map(listOf).filter((list) => list !== undefined)));
  const listed = (which) =>
    [].concat(
      ...lists.map((list, index) =>
        entriesOf(list.split(" ")[which]).map((entry) => [`${index} ${entry}`, "1"]),
      ),
    );
  const ofRules = (name, value) =>
    map(
      "$decided_rule",
      name,
      '""',
      routes.map((route) => [route.copy.id, value(route)]).filter(([, found]) => found !== undefined),
    );
  return [
    ofRules("access_list", (route) =>
      listOf(route) === undefined ? undefined : String(lists.indexOf(listOf(route))),
    ),
    ofRules("access_groups", ({ access }) =>
      access.groups === undefined ? undefined : quote(namedGroups(access, groups)),
    ),
    ofRules("access_claimed_groups", ({ access }) =>
      access.groups === undefined ? undefined : quote(namedClaimedGroups(access, groups)),
    ),
    ...["email", "domain"].map((which) =>
      map(
        `$visitor_${which}`,
        `${which}_groups`,
        '""',
        numbersOf(groups, `${which}s`).map(([entry, numbers]) => [entry, quote(numbers)]),
      ),
    ),
    map("$access_list $visitor_email", "listed_email", '""', listed(0)),
    map("$access_list $visitor_domain", "listed_domain", '""', listed(1)),
  ];
}

export default { accessOf, areReadable, assertEntries, entriesOf, forbidden, groupOf, maps };
