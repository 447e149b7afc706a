// What nginx' maps cannot express about a request. Runs in njs, with the engine QuickJS.

/** Removes the gateway's own cookies, however they are spelled; all others stay as they were sent. */
function cookies(r) {
  return (r.variables.cookies_without_csrf || "")
    .split(";")
    .filter((cookie) => !/^\s*"?(?:ory_kratos_[a-z0-9_]+|csrf_token_[0-9a-f]{64})"?\s*(?:=|$)/i.test(cookie))
    .join(";")
    .trim();
}

/** The requested address, as a value in the query of another address. */
function askedAddress(r) {
  const { proto, http_host: host, request_uri: uri } = r.variables;
  return encodeURIComponent(`${proto}://${host}${uri}`);
}

/** A client's text for the audit line, whose readers take only letters: others are replaced. It is cut to a number of bytes. */
function readable(text, most, isEnd = false) {
  // Bytes that are no letter have already been replaced; halves of a pair have not.
  const bytes = Buffer.from((text || "").replace(/[\ud800-\udfff]/gu, "\ufffd"));
  const cut = isEnd ? bytes.slice(-most) : bytes.slice(0, most);
  return cut.toString().replace(/^\ufffd+|\ufffd+$/g, "\ufffd");
}

const auditedPath = (r) => readable(r.variables.request_path, 1024);
const auditedHost = (r) => readable(r.variables.http_host, 256);
const auditedClient = (r) => readable(r.variables.http_x_forwarded_for, 256, true);
const auditedMachine = (r) => readable(r.variables.machine, 512);

export default { askedAddress, auditedClient, auditedHost, auditedMachine, auditedPath, cookies };
