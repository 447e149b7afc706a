// Makes the routes of the rules: what the forwarding nginx has of them, and what Oathkeeper gets. Runs in njs, with the
// engine QuickJS.
import crypto from "crypto";
import hashes from "./hashes.mjs";
import paths from "./paths.mjs";
import people from "./people.mjs";
import upstreams from "./upstreams.mjs";

const { forbidden } = people;

function parseUpstream(url, { upstreamUrl, ownHost }) {
  const found = new RegExp(upstreamUrl).exec(url);
  if (!found || new RegExp(ownHost, "i").test(found[2]))
    throw `its upstream ${JSON.stringify(url)} ${forbidden}`;
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

function isAddress(host) {
  return host.startsWith("[") || /^[0-9.]+$/.test(host);
}

/**
 * A name as the cluster's DNS has it, which nginx asks without a search list.
 * @param search the pod's, as the kubelet writes it: `<namespace>.svc.<domain> svc.<domain> <domain>`
 */
function fullName(host, tls, search) {
  if (isAddress(host)) return host;
  const labels = host.split(".");
  const below = (index) => (search[index] === undefined ? host : `${host}.${search[index]}`);
  if (labels.length === 1) return below(0);
  if (labels.length === 2 && !tls) return below(1);
  return labels.length === 3 && labels[2] === "svc" ? below(2) : host;
}

/** A text of the configuration; `$dollar` is there because nginx knows no escape for it. */
function quote(text) {
  return `"${text.replace(/[\\"]/g, "\\$&").replace(/\$/g, "${dollar}")}"`;
}

function hasConfig(handler) {
  return handler.config !== undefined && Object.keys(handler.config).length > 0;
}

function assertReadable(texts, lists, forms) {
  if (texts.some((text) => text !== undefined && quote(text).length > forms.maxText))
    throw "it has a text that is longer than nginx reads";
  lists.forEach((list) => people.assertEntries(list, forms));
}

/** The headers that a rule adds, by name. */
function ownHeaders(mutators) {
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
      headers[name] = added[name];
    });
  });
  return headers;
}

/** What Oathkeeper judges of a rule: all but public paths, and it names the rule. */
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
  // Oathkeeper keeps a header's template by the rule's id until it ends, so that another content needs another id.
  copy.id = `${rule.id}.${hash}`;
  copy.mutators = [{ handler: "header", config: { headers: { [options.ruleHeader]: copy.id } } }].concat(
    rule.mutators.filter((one) => one.handler === "id_token"),
  );
  return copy;
}

/** One rule as a part of the routes. Throws why it cannot be one. */
function routeOf(rule, options, read) {
  if (typeof rule.id !== "string" || !/^[A-Za-z0-9._-]+$/.test(rule.id)) throw "its id is no name";
  const copy = judged(rule, options);
  const headers = ownHeaders(rule.mutators);
  if (rule.match.url.startsWith("sentinel:")) return { copy };
  const match = paths.parseMatch(rule.match.url);
  if (!match) throw `its match.url ${forbidden}`;
  const methods = rule.match.methods;
  if (!methods.every((method) => /^[A-Z]+$/.test(method))) throw "its methods are none";
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
  // The operator ends an id in the namespace, in whose name there is no dot.
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
  if (!new RegExp(strippedPath).test(plain)) throw "its upstream.stripPath is no plain path";
  return plain;
}

/** A text as a map compares with it; the label that a wildcard stands for may be any. Plain texts are looked for first. */
function key(text) {
  const at = text.indexOf("*.");
  return at < 0
    ? `=${text}`
    : `~^=${paths.literal(text.slice(0, at))}[^./]+${paths.literal(text.slice(at + 1))}$`;
}

function map(from, to, otherwise, entries) {
  const lines = entries.map((entry) => `  "${key(entry[0])}" ${entry[1]};\n`);
  return `map "=${from}" $${to} {\n  default ${otherwise};\n${lines.join("")}}\n`;
}

/**
 * What is open on one host: of one rule its list, of several, whose lists may together be longer than nginx reads, all paths
 * where this one is open. Nothing is said too: a wildcard may open more.
 */
function publicPathsOf({ routes }, name, index) {
  if (routes.length === 1) return quote(routes[0].open[name]);
  return routes.length > 1 && name === "prefix" ? `$public_prefix${index}` : '""';
}

function passScheme(module, { scheme, tls }) {
  if (module === "proxy") return scheme;
  return tls ? "grpcs" : "grpc";
}

function location(route, index, upstream, credentials, options) {
  const target = route.upstream;
  const { credential, lines, module, tooLarge } = route.connection;
  const secret = credential && `$credential${credentials.indexOf(credential.name)}`;
  const isSecret = (name) =>
    credential !== undefined && name.toLowerCase() === credential.header.toLowerCase();
  const headers = [["Host", route.keepsHost ? "$http_host" : target.shown]].concat(
    isSecret("Authorization") ? [] : [["Authorization", "$authorization"]],
    Object.keys(route.headers)
      .filter((name) => !isSecret(name))
      .map((name) => [name, quote(route.headers[name])]),
    secret ? [[credential.header, secret]] : [],
  );
  const path = route.strip === "" ? "$request_uri" : `$stripped${index}`;
  const uri = target.path === "" && route.strip === "" ? "" : target.path + path;
  // The server has the usual ones: of one header of its own, a location would have no other.
  const own =
    JSON.stringify(headers) === JSON.stringify(options.usualHeaders)
      ? []
      : [`include ${options.configFolder}/${options.forwardFiles[module]}`].concat(
          headers.map(([name, value]) => `${module}_set_header ${name} ${value}`),
        );
  const directives = own.concat(lines, `${module}_pass ${passScheme(module, target)}://${upstream}${uri}`);
  const limit = tooLarge ? `    if ($too_large${index}) {\n      return 413;\n    }\n` : "";
  return `  location @route${index} {
${limit}${directives.map((one) => `    ${one};\n`).join("")}  }
`;
}

/**
 * Everything that the forwarding nginx and Oathkeeper read, from the rules that should be and those that Oathkeeper has:
 * while it still decides by these, what it names is known. A rule that cannot be a route is left out and stops no other.
 *
 * @param read the content of a file of the gateway's `upstreams`, or undefined where it cannot be used
 * @returns `configuration` of nginx, `rules` of Oathkeeper, and why rules are left out by their ids
 */
function build(rules, former, version, options, search, read) {
  const [all, groups] = [[], []];
  const leftOut = {};
  const seen = {};
  const written = new Set(rules.map((rule) => JSON.stringify(rule)));
  const others = former.filter((rule) => !written.has(JSON.stringify(rule)));
  rules.concat(others).forEach((rule, index) => {
    const isFormer = index >= rules.length;
    try {
      const group = people.groupOf(rule, options);
      if (group !== undefined) {
        if (isFormer) return;
        if (groups.length === options.maxGroups) throw "it is of one group too many";
        groups.push(group);
        return;
      }
      const route = routeOf(rule, options, read);
      if (seen[route.copy.id]) return;
      seen[route.copy.id] = true;
      route.isFormer = isFormer;
      all.push(route);
    } catch (reason) {
      if (!isFormer) leftOut[String(rule && rule.id)] = String(reason);
    }
  });
  const routes = hashes.uncrowded(all, leftOut);
  const live = routes.filter((route) => !route.isFormer && route.match);
  const forwarding = routes.filter((route) => route.match);

  const whole = {};
  live.forEach((route) =>
    route.match.hosts.forEach((host) => {
      whole[host] = whole[host] !== false && paths.isWhole(route.match);
    }),
  );
  const hosts = Object.keys(whole);
  // Paths of a wildcard's hosts may be another rule's on one that is also named.
  hosts.forEach((host) => {
    if (whole[paths.wildcardOver(host)] === false) whole[host] = false;
  });
  const [pools, addresses] = [[], []];
  const upstreamNames = forwarding.map((route) => {
    const host = fullName(route.upstream.host, route.upstream.tls, search);
    const address = `${host}:${route.upstream.port}${isAddress(host) ? "" : " resolve"}`;
    const pool = `${address} ${route.connection.pool}`;
    if (!pools.includes(pool)) addresses[pools.push(pool) - 1] = address;
    return `upstream${pools.indexOf(pool)}`;
  });
  const secrets = once(
    forwarding
      .filter((route) => route.connection.credential !== undefined)
      .map(({ connection: { credential } }) => [credential.name, credential.value]),
  );
  const credentials = secrets.map(([name]) => name);
  const names = (list, value) => list.map((route, index) => [route.copy.id, value(index)]);
  const opened = paths.openedBy(live);
  const asked = "$request_method $proto://$asked_host";
  const access = (name) =>
    map(
      "$decided_rule",
      `access_${name}`,
      '""',
      forwarding
        .filter((route) => route.access[name] !== undefined)
        .map((route) => [route.copy.id, quote(route.access[name])]),
    );

  const parts = [
    map("", "rules_version", version, []),
    map(
      "$asked_host",
      "keyed_path",
      "$request_path",
      // A host of no entry of its own would have that of the wildcard over it.
      hosts.map((host) => [host, whole[host] ? '""' : "$request_path"]),
    ),
    map(
      "$asked_host",
      "path_matters",
      '""',
      hosts.filter((host) => !whole[host]).map((host) => [host, "1"]),
    ),
    ...["exact", "prefix"].map((name) =>
      map(
        asked,
        `public_${name}_paths`,
        '""',
        opened.map((one, index) => [one.key, publicPathsOf(one, name, index)]),
      ),
    ),
    ...opened.map(({ routes: several }, index) =>
      several.length < 2 ? "" : paths.ruleByPath(several, index),
    ),
    map(
      asked,
      "public_rule",
      '""',
      opened
        .filter((one) => one.routes.length > 0)
        .map((one) => [
          one.key,
          one.routes.length === 1 ? one.routes[0].copy.id : `$public_rule${opened.indexOf(one)}`,
        ]),
    ),
    map(
      options.ruleHeaderVariable,
      "former_rule",
      "1",
      names(live, () => '""'),
    ),
    ...["any", "everybody", "claims"].map(access),
    ...people.maps(forwarding, groups, map, quote),
    map(
      "$named_rule",
      "route",
      "unavailable",
      [["", "unknown_service"]].concat(names(forwarding, (index) => `route${index}`)),
    ),
    ...forwarding.map((route, index) =>
      route.strip === ""
        ? ""
        : `map $request_uri $stripped${index} {
  default $request_uri;
  "~^/${paths.literal(route.strip)}(/.*)$" $1;
  "~^/${paths.literal(route.strip)}((?:\\?.*)?)$" /$1;
}
`,
    ),
    ...forwarding.map(({ connection: { tooLarge } }, index) =>
      tooLarge
        ? `map $http_content_length $too_large${index} {\n  "~${tooLarge}" 1;\n  default "";\n}\n`
        : "",
    ),
    ...secrets.map(
      ([, value], index) => `# Not for whoever asks for a public path.
map $public $credential${index} {
  "" ${quote(value)};
  default "";
}
`,
    ),
    ...addresses.map(
      (address, index) => `upstream upstream${index} {
  zone upstreams ${Math.max(256, addresses.length * 8)}k;
  server ${address} max_fails=0;
  keepalive 64;
  keepalive_timeout 4s;
}
`,
    ),
    `server {
  listen 127.0.0.1:${options.versionPort};
  access_log off;
  location / {
    return 200 ${version};
  }
}
include ${options.configFolder}/${options.requestsFile};
server {
  include ${options.configFolder}/${options.serverFile};
${forwarding.map((route, index) => location(route, index, upstreamNames[index], credentials, options)).join("")}}
`,
  ];
  const oathkeeper = routes.filter((route) => !route.isFormer).map((route) => route.copy);
  return { configuration: parts.join(""), rules: JSON.stringify(oathkeeper, null, 2), leftOut };
}

/** Of two entries with one key nginx would take none. */
function once(entries) {
  const seen = {};
  return entries.filter((entry) => {
    const isNew = seen[entry[0]] === undefined;
    seen[entry[0]] = true;
    return isNew;
  });
}

export default { build };
