// Reads one rule as a route. Runs in njs, with the engine QuickJS.
import crypto from "crypto";
import paths from "./paths.mjs";
import people from "./people.mjs";
import text from "./text.mjs";
import upstreams from "./upstreams.mjs";

const { forbidden } = people;

function parseUpstream(url, { upstreamUrl, ownHost }) {
  const found = new RegExp(upstreamUrl).exec(url);
  if (!found || new RegExp(ownHost, "i").test(found[2]))
    throw `its upstream ${JSON.stringify(url)} ${forbidden}`;
  if (!isUsable(found[2])) throw `its upstream ${JSON.stringify(url)} has no valid address`;
  const tls = found[1] === "https";
  const port = found[3] || (tls ? "443" : "80");
  if (Number(port) < 1 || Number(port) > 65535) throw "its upstream has no valid port";
  return {
    scheme: found[1],
    tls,
    host: found[2],
    port,
    shown: found[2] + (found[3] ? `:${found[3]}` : ""),
    path: found[4],
  };
}

const octet = "(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])";
const ipv4 = new RegExp(`^(?:${octet}[.]){3}${octet}$`);

/** nginx looks an address up at once if it is none, and then refuses all routes; a name it looks up later. */
function isUsable(host) {
  return host.startsWith("[") ? isIpv6(host.slice(1, -1)) : !/^[0-9.]+$/.test(host) || ipv4.test(host);
}

function isIpv6(text) {
  const halves = text.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const groups = [].concat(...halves);
  const isWhole = halves.length === 1 ? groups.length === 8 : halves.length === 2 && groups.length < 8;
  return isWhole && groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group));
}

function hasConfig(handler) {
  return handler.config !== undefined && Object.keys(handler.config).length > 0;
}

function assertReadable(texts, lists, forms) {
  if (texts.some((one) => one !== undefined && text.quote(one).length > forms.maxText))
    throw "it has a text that is longer than nginx reads";
  lists.forEach((list) => people.assertEntries(list, forms));
}

/** The headers that a rule adds, by name. */
function ownHeaders(mutators, { maxHeaderName, maxHeaders }) {
  const headers = {};
  mutators.forEach((mutator) => {
    if (!["noop", "header", "cookie", "id_token"].includes(mutator.handler))
      throw `its mutator ${mutator.handler} ${forbidden}`;
    if (!hasConfig(mutator) || mutator.handler === "noop") return;
    const added = mutator.handler === "header" ? mutator.config.headers : undefined;
    if (added === undefined) throw `the configuration of its mutator ${mutator.handler} ${forbidden}`;
    Object.keys(added).forEach((name) => {
      // nginx drops what clients send under such names.
      if (name.includes("_") && added[name] === "") return;
      if (!/^[A-Za-z0-9-]+$/.test(name) || !/^[ -~]*$/.test(added[name]) || added[name].includes("{{"))
        throw `its header ${JSON.stringify(name)} ${forbidden}`;
      if (name.length > maxHeaderName) throw "it has a header whose name is longer than nginx reads";
      headers[name] = added[name];
    });
  });
  if (Object.keys(headers).length > maxHeaders) throw "it has more headers than nginx has room for";
  return headers;
}

/** What Oathkeeper judges of a rule: everything except public paths; it also names the rule. */
function judged(rule, options) {
  const authenticators = rule.authenticators.map((one) => {
    if (one.handler === "bearer_token") return { handler: "cookie_session" };
    if (
      !["cookie_session", "jwt", "unauthorized"].includes(one.handler) ||
      (one.handler !== "jwt" && hasConfig(one))
    )
      throw `its authenticator ${one.handler} ${forbidden}`;
    return one;
  });
  const authorizer = { handler: rule.authorizer.handler === "deny" ? "deny" : "allow" };
  const copy = Object.assign({}, rule, { authenticators, authorizer, errors: [{ handler: "json" }] });
  const hash = crypto.createHash("sha256").update(JSON.stringify(rule)).digest("hex").slice(0, 12);
  // Oathkeeper keeps a header's template by the rule's id until it ends, so other content needs another id.
  copy.id = `${rule.id}.${hash}`;
  copy.mutators = [{ handler: "header", config: { headers: { [options.ruleHeader]: copy.id } } }].concat(
    rule.mutators.filter((one) => one.handler === "id_token"),
  );
  return copy;
}

/** A rule as a part of the routes. Throws the reason if it cannot be one. */
function routeOf(rule, options, read) {
  if (typeof rule.id !== "string" || !/^[A-Za-z0-9._-]+$/.test(rule.id)) throw "its id is no name";
  const copy = judged(rule, options);
  const headers = ownHeaders(rule.mutators, options.forms);
  if (rule.match.url.startsWith("sentinel:")) return { copy };
  const match = paths.parseMatch(rule.match.url);
  if (!match) throw `its match.url ${forbidden}`;
  const methods = rule.match.methods;
  if (!methods.every((method) => new RegExp(options.forms.method).test(method))) throw "its methods are none";
  if (match.schemes.length * match.hosts.length * methods.length > options.forms.maxKeys)
    throw "it has too many hosts and methods for nginx";
  if (match.hosts.some((host) => host.length > options.forms.maxHost))
    throw "it has a host that is longer than any name";
  const open = rule.authenticators.filter((one) => one.handler === "bearer_token");
  if (open.length > 1) throw "it has bearer_token twice";
  const upstream = parseUpstream(rule.upstream.url, options.forms);
  const access = people.accessOf(rule.authorizer, options);
  const publicPaths =
    open.length === 0 ? { exact: "", prefix: "" } : paths.publicPaths(open[0], match, options);
  assertReadable(
    [access.claims, publicPaths.exact, publicPaths.prefix].concat(
      Object.keys(headers).map((name) => headers[name]),
    ),
    [access.emails, access.domains],
    options.forms,
  );
  // The operator ends an id with the namespace, whose name has no dot.
  const namespace = rule.id.slice(rule.id.lastIndexOf(".") + 1);
  const connection = upstreams.connection(rule.mutators, upstream, namespace, options, read);
  const strip = stripped(rule.upstream.strip_path || "", options.forms);
  if (strip !== "" && connection.module === "grpc") throw "its upstream.stripPath is for HTTP/1.1";
  return {
    id: rule.id,
    copy,
    namespace,
    match,
    keys: [].concat(
      ...match.schemes.map((scheme) =>
        [].concat(...match.hosts.map((host) => methods.map((method) => `${method} ${scheme}://${host}`))),
      ),
    ),
    headers,
    access,
    open: publicPaths,
    upstream,
    connection,
    keepsHost: rule.upstream.preserve_host === true,
    strip,
  };
}

function stripped(path, { strippedPath }) {
  const plain = path.replace(/^\/+|\/+$/g, "");
  if (!new RegExp(strippedPath).test(plain)) throw "its upstream.stripPath is no plain path, or too long";
  return plain;
}

export default { routeOf };
