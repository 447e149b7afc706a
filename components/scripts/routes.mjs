// Makes the routes of the rules: what the forwarding nginx gets of them, and what Oathkeeper gets. Runs in njs, with
// the engine QuickJS.
import hashes from "./hashes.mjs";
import paths from "./paths.mjs";
import people from "./people.mjs";
import route from "./route.mjs";
import text from "./text.mjs";

const { routeOf } = route;
const { map, quote } = text;

function isAddress(host) {
  return host.startsWith("[") || /^[0-9.]+$/.test(host);
}

/**
 * A name as the cluster's DNS has it: nginx looks it up without a search list.
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

/**
 * What is open on one host. With one rule, it is the rule's list; with several, whose lists may together be longer than
 * nginx reads, all paths if this one is open. Empty values are stated too: a wildcard may open more.
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
  // The server has the usual ones; a location with one header of its own would have no others.
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
 * Everything that the forwarding nginx and Oathkeeper read, from the wanted rules and those that Oathkeeper has: while
 * it still decides by the latter, what it names is known. A rule that cannot be a route is left out and stops no other.
 *
 * @param read the content of a file of the gateway's `upstreams`, or undefined if it cannot be used
 * @returns `configuration` of nginx, `rules` of Oathkeeper, and why rules are left out by their ids
 */
function build(rules, former, version, options, search, read) {
  const { routes, groups, leftOut } = readAll(rules, former, options, read);
  const live = routes.filter((route) => !route.isFormer && route.match);
  const forwarding = routes.filter((route) => route.match);
  const secrets = secretsOf(forwarding);
  const credentials = secrets.map(([name]) => name);
  const { addresses, names } = upstreamsOf(forwarding, search);
  const configuration = [
    map("", "rules_version", version, []),
    ...keyedPathMaps(live),
    ...publicPathMaps(live),
    ...accessMaps(live, forwarding, options),
    ...people.maps(forwarding, groups),
    ...routeMaps(forwarding),
    ...secrets.map(([, value], index) => credentialMap(value, index)),
    ...addresses.map((address, index) => upstreamBlock(address, index, addresses.length)),
    versionServer(version, options),
    forwardingServer(
      forwarding.map((route, index) => location(route, index, names[index], credentials, options)),
      options,
    ),
  ].join("");
  const oathkeeper = routes.filter((route) => !route.isFormer).map((route) => route.copy);
  return { configuration, rules: JSON.stringify(oathkeeper, null, 2), leftOut };
}

/** The rules as routes and groups, each once, and why others are left out. */
function readAll(rules, former, options, read) {
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
      const found = routeOf(rule, options, read);
      if (seen[found.copy.id]) return;
      seen[found.copy.id] = true;
      found.isFormer = isFormer;
      all.push(found);
    } catch (reason) {
      if (!isFormer) leftOut[String(rule && rule.id)] = String(reason);
    }
  });
  const readable = all.filter((route) => {
    const isReadable = route.match === undefined || people.areReadable(route.access, groups, options.forms);
    if (!isReadable && !route.isFormer)
      leftOut[route.id] = "it has names of groups by claims that are longer than nginx reads";
    return isReadable;
  });
  return { routes: hashes.uncrowded(readable, leftOut), groups, leftOut };
}

/** Where decisions are cached by path too: on hosts where some rule takes only a part. */
function keyedPathMaps(live) {
  const whole = {};
  live.forEach((route) =>
    route.match.hosts.forEach((host) => {
      whole[host] = whole[host] !== false && paths.isWhole(route.match);
    }),
  );
  const hosts = Object.keys(whole);
  // Paths of a wildcard's hosts may belong to another rule on a host that is also named.
  hosts.forEach((host) => {
    if (whole[paths.wildcardOver(host)] === false) whole[host] = false;
  });
  return [
    map(
      "$asked_host",
      "keyed_path",
      "$request_path",
      // A host without an entry of its own would have that of the wildcard over it.
      hosts.map((host) => [host, whole[host] ? '""' : "$request_path"]),
    ),
    map(
      "$asked_host",
      "path_matters",
      '""',
      hosts.filter((host) => !whole[host]).map((host) => [host, "1"]),
    ),
  ];
}

/** What is open on each host, and the rule that opens it. */
function publicPathMaps(live) {
  const asked = "$request_method $proto://$asked_host";
  const opened = paths.openedBy(live);
  return [
    ...["exact", "prefix"].map((name) =>
      map(
        asked,
        `public_${name}_paths`,
        '""',
        opened.map((one, index) => [one.key, publicPathsOf(one, name, index)]),
      ),
    ),
    ...opened.map(({ routes }, index) => (routes.length < 2 ? "" : paths.ruleByPath(routes, index))),
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
  ];
}

/** What the rule that Oathkeeper names says about who may use its service, and whether it is a previous one. */
function accessMaps(live, forwarding, { ruleHeaderVariable }) {
  return [
    map(
      ruleHeaderVariable,
      "former_rule",
      "1",
      live.map((route) => [route.copy.id, '""']),
    ),
    ...["any", "everybody", "claims"].map((name) =>
      map(
        "$decided_rule",
        `access_${name}`,
        '""',
        forwarding
          .filter((route) => route.access[name] !== undefined)
          .map((route) => [route.copy.id, quote(route.access[name])]),
      ),
    ),
  ];
}

/** The location of each rule, and what the locations compute. */
function routeMaps(forwarding) {
  return [
    map(
      "$named_rule",
      "route",
      "unavailable",
      [["", "unknown_service"]].concat(forwarding.map((route, index) => [route.copy.id, `route${index}`])),
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
  ];
}

/** Names and values of what the proxy sends to upstreams as a secret header. */
function secretsOf(forwarding) {
  return once(
    forwarding
      .filter((route) => route.connection.credential !== undefined)
      .map(({ connection: { credential } }) => [credential.name, credential.value]),
  );
}

function credentialMap(value, index) {
  return `# Not for whoever asks for a public path.
map $public $credential${index} {
  "" ${quote(value)};
  default "";
}
`;
}

/** The addresses of upstreams, one for each kind of connection to it, and the name of each route's. */
function upstreamsOf(forwarding, search) {
  const [pools, addresses] = [[], []];
  const names = forwarding.map(({ upstream, connection }) => {
    const host = fullName(upstream.host, upstream.tls, search);
    const address = `${host}:${upstream.port}${isAddress(host) ? "" : " resolve"}`;
    const pool = `${address} ${connection.pool}`;
    if (!pools.includes(pool)) addresses[pools.push(pool) - 1] = address;
    return `upstream${pools.indexOf(pool)}`;
  });
  return { addresses, names };
}

function upstreamBlock(address, index, count) {
  return `upstream upstream${index} {
  zone upstreams ${Math.max(256, count * 8)}k;
  server ${address} max_fails=0;
  keepalive 64;
  keepalive_timeout 4s;
}
`;
}

/** Reports whether these routes are in force. */
function versionServer(version, { versionPort }) {
  return `server {
  listen 127.0.0.1:${versionPort};
  access_log off;
  location / {
    return 200 ${version};
  }
}
`;
}

function forwardingServer(locations, { configFolder, requestsFile, serverFile }) {
  return `include ${configFolder}/${requestsFile};
server {
  include ${configFolder}/${serverFile};
${locations.join("")}}
`;
}

/** If two entries had the same key, nginx would accept neither. */
function once(entries) {
  const seen = {};
  return entries.filter((entry) => {
    const isNew = seen[entry[0]] === undefined;
    seen[entry[0]] = true;
    return isNew;
  });
}

export default { build };
