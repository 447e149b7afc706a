// Which hosts and paths a rule is about, and which of them it opens to everybody. Runs in njs, with the engine QuickJS.

const pattern =
  /^(https?|<https\?>|<\{http,https\}>):\/\/(?:([a-z0-9.-]+(?::[0-9]+)?)|<\{([a-z0-9.:,*-]+)\}>)(?:(\/[^<>]*)(<\*\*>)?|\/<\{([^<>{}?[\]]+)\}>)$/;

const host = /^(?:\*\.)?[a-z0-9.-]+(?::[0-9]+)?$/;

/**
 * The hosts of a rule and their paths, where a prefix ends in two stars; undefined if hosts are neither literal nor
 * wildcards for one label.
 */
function parseMatch(url) {
  const found = pattern.exec(url);
  if (!found) return undefined;
  const hosts = (found[2] || found[3]).split(",");
  if (!hosts.every((one) => host.test(one))) return undefined;
  return {
    schemes: found[1].startsWith("<") ? ["http", "https"] : [found[1]],
    hosts,
    paths:
      found[4] === undefined
        ? found[6].split(",").map((path) => `/${path}`)
        : [found[4] + (found[5] === undefined ? "" : "**")],
  };
}

/** The wildcard that stands for a host and its neighbours, with what precedes the host: a method, a scheme. */
function wildcardOver(text) {
  return text.replace(/[^/ .]+\./, "*.");
}

/** Whether a rule takes every path of its hosts; a single star takes neither a dot nor a slash. */
function isWhole(match) {
  return match.paths.includes("/**");
}

/** Whether a rule takes a path and, if that is a prefix, everything below it. */
function takes(match, path, isPrefix) {
  const taken = (text) =>
    match.paths.some((one) => (one.endsWith("**") ? text.startsWith(one.slice(0, -2)) : text === one));
  return taken(path) && (!isPrefix || taken(`${path}/`));
}

const notAdmitted = "its authenticator bearer_token is not what the gateway's admission lets through";

/** The public paths of a `bearer_token` authenticator, which is none: its URL carries them. */
function publicPaths(authenticator, match, options) {
  const url = (authenticator.config || {}).check_session_url || "";
  if (!url.startsWith(options.publicPathsPrefix)) throw notAdmitted;
  const lists = { exact: "", prefix: "" };
  const pathList = new RegExp(options.forms.pathList);
  const query = url.slice(options.publicPathsPrefix.length);
  query.split("&").forEach((argument) => {
    const at = argument.indexOf("=");
    const name = argument.slice(0, at);
    const list = argument.slice(at + 1);
    if (lists[name] !== "" || !pathList.test(list)) throw notAdmitted;
    list.split(",").forEach((path) => {
      if (!takes(match, path, name === "prefix")) throw `its public path ${path} is none of its match.url`;
    });
    lists[name] = list;
  });
  return lists;
}

/** What the rules open, by method, scheme and host; on a host of several services, each service has its own paths. */
function openedBy(live) {
  const byKey = {};
  live
    .filter(({ open }) => open.exact + open.prefix !== "")
    .forEach((route) =>
      route.keys.forEach((key) => {
        byKey[key] = (byKey[key] || []).concat(route);
      }),
    );
  // What a wildcard opens is not open on a host that another rule names.
  live.forEach(({ keys }) =>
    keys.forEach((key) => {
      if (byKey[key] === undefined && byKey[wildcardOver(key)] !== undefined) byKey[key] = [];
    }),
  );
  return Object.keys(byKey).map((key) => ({ key, routes: byKey[key] }));
}

/** Which of the rules that open something on one host a public path belongs to, and all paths as a prefix if there is one. */
function ruleByPath(some, index) {
  const lines = (name, ending) =>
    some.map(({ copy, open }) =>
      alternatives(open[name].split(",").filter((path) => path !== ""))
        .map((either) => `  "~^(?:${either})${ending}" ${copy.id};\n`)
        .join(""),
    );
  return `map $plain_path $public_rule${index} {
  default "";
${lines("exact", "$").concat(lines("prefix", "(?:/|$)")).join("")}}
map $public_rule${index} $public_prefix${index} {
  "" "";
  default /;
}
`;
}

/** Each expression takes nginx some 10 kB, and has to be shorter than 4096 characters. */
const maxAlternatives = 2000;

/** Expressions that match one of the paths, as few as there can be. */
function alternatives(some) {
  const found = [];
  some.map(literal).forEach((path) => {
    const last = found.length - 1;
    if (last >= 0 && found[last].length + path.length < maxAlternatives) found[last] += `|${path}`;
    else found.push(path);
  });
  return found;
}

function literal(text) {
  return text.replace(/[.+]/g, "\\$&");
}

export default { isWhole, literal, openedBy, parseMatch, publicPaths, ruleByPath, wildcardOver };
