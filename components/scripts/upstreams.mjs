// A rule's upstream settings, as directives of nginx. Runs in njs, with the engine QuickJS.
import text from "./text.mjs";

/** What a rule's `noop` mutators say, with each option in the form that admission allows. */
function written(mutators, { maxOptionLength, patterns }) {
  const said = {};
  mutators
    .filter((one) => one.handler === "noop" && one.config)
    .forEach(({ config }) =>
      Object.keys(config).forEach((name) => {
        const isText = typeof config[name] === "string" && Object.keys(patterns).includes(name);
        if (
          !isText ||
          config[name].length > maxOptionLength ||
          said[name] !== undefined ||
          !new RegExp(patterns[name]).test(config[name])
        )
          throw `its upstream's ${JSON.stringify(name)} is not what the gateway's admission lets through`;
        said[name] = config[name];
      }),
    );
  return said;
}

/** What the gateway keeps under a name for the rule's namespace. */
function granted(kind, name, namespace, means) {
  const one = Object.keys(means[kind]).includes(name) ? means[kind][name] : undefined;
  if (one === undefined || (one.namespaces !== undefined && !one.namespaces.includes(namespace)))
    throw `the gateway has no ${kind} ${name} for its namespace`;
  return one;
}

function mustBeThere(files, what, read) {
  files.forEach((file) => {
    if (read(file) === undefined) throw `${what} cannot be used now`;
  });
}

function tlsLines(said, target, namespace, { means, authoritiesFile }, read) {
  const name = said.tlsServerName || target.host;
  const lines = [`ssl_name ${name}`, "ssl_server_name on"];
  if (said.tlsVerify !== "off") {
    let authorities = authoritiesFile;
    if (said.tlsAuthorities !== undefined) {
      authorities = granted("authorities", said.tlsAuthorities, namespace, means).file;
      mustBeThere([authorities], `the authorities ${said.tlsAuthorities}`, read);
    }
    lines.push("ssl_verify on", "ssl_verify_depth 5", `ssl_trusted_certificate ${authorities}`);
  }
  if (said.tlsClientCertificate !== undefined) {
    const { certificate, key } = granted("clientCertificates", said.tlsClientCertificate, namespace, means);
    mustBeThere([certificate, key], `the client certificate ${said.tlsClientCertificate}`, read);
    lines.push(`ssl_certificate ${certificate}`, `ssl_certificate_key ${key}`);
  }
  return lines;
}

/** A secret header's value, from the files of its Secret. */
function credential(name, namespace, { forms, means }, read) {
  const { header, prefix, files } = granted("credentials", name, namespace, means);
  mustBeThere(files, `the credentials ${name}`, read);
  const parts = files.map((file) => read(file).replace(/\r?\n$/, ""));
  const secret = parts.length === 2 ? Buffer.from(parts.join(":")).toString("base64") : parts[0];
  if (!/^[!-~](?:[ -~]*[!-~])?$/.test(secret))
    throw `the credentials ${name} are not one line that a header takes`;
  const value = prefix + secret;
  if (text.quote(value).length > forms.maxText) throw `the credentials ${name} are longer than nginx reads`;
  return { name, header, value };
}

/** A pattern of the numbers above the given one, which has no leading zeros. */
function above(number) {
  const digits = String(number);
  const longer = `[1-9][0-9]{${digits.length},}`;
  const alike = Array.from(digits)
    .map((digit, at) => [digit, digits.slice(0, at), digits.length - at - 1])
    .filter(([digit]) => digit !== "9")
    .map(([digit, before, behind]) => `${before}[${Number(digit) + 1}-9][0-9]{${behind}}`);
  return `^0*(?:${[longer].concat(alike).join("|")})$`;
}

const bytesOf = { k: 1024, m: 1024 * 1024, g: 1024 * 1024 * 1024 };

/**
 * How nginx connects to an upstream.
 *
 * @param target the upstream's URL in parts
 * @param options what the gateway knows, with `patterns` and `means`
 * @param read the content of a file, or undefined if it cannot be used
 * @returns the module of nginx that asks, and the directives of the location; what tells its connections from others to the same address; the pattern of a
 *   length that is too large; the secret header
 */
function connection(mutators, target, namespace, options, read) {
  const said = written(mutators, options);
  if (!target.tls && Object.keys(said).some((name) => name.startsWith("tls")))
    throw "what it says of TLS is for an upstream that is asked by https";
  const isGrpc = said.protocol === "grpc";
  if (isGrpc && (target.path !== "" || said.buffering))
    throw "what it says of a path or of buffering is for an upstream that is asked by HTTP/1.1";
  const module = isGrpc ? "grpc" : "proxy";
  const ofModule = (directives) => directives.map((one) => `${module}_${one}`);
  const tls = target.tls ? ofModule(tlsLines(said, target, namespace, options, read)) : [];
  const lines = [];
  if (said.connectTimeout) lines.push(`${module}_connect_timeout ${said.connectTimeout}`);
  if (said.readTimeout) lines.push(`${module}_read_timeout ${said.readTimeout}`);
  if (said.sendTimeout) lines.push(`${module}_send_timeout ${said.sendTimeout}`);
  if (said.maxBodySize) lines.push(`client_max_body_size ${said.maxBodySize}`);
  // What does not fit into memory stays at the upstream, and is never written to a file.
  if (said.buffering) lines.push("proxy_buffering on", "proxy_buffers 8 64k", "proxy_max_temp_file_size 0");
  return {
    module,
    lines: lines.concat(tls),
    // A kept connection speaks one protocol, and was verified by its own rule, with its own rule's certificate.
    pool: `${module} ${target.scheme} ${tls.join(" ")}`,
    tooLarge: said.maxBodySize && above(parseInt(said.maxBodySize) * bytesOf[said.maxBodySize.slice(-1)]),
    credential:
      said.credentialsName === undefined
        ? undefined
        : credential(said.credentialsName, namespace, options, read),
  };
}

export default { above, connection };
