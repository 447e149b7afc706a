// What nginx' maps cannot say of a request. Runs in njs, with the engine QuickJS.

/** Cuts the gateway's own cookies out, however they are spelled; every other stays as it was sent. */
function cookies(r) {
  return (r.variables.cookies_without_csrf || "")
    .split(";")
    .filter((cookie) => !/^\s*"?(?:ory_kratos_[a-z0-9_]+|csrf_token_[0-9a-f]{64})"?\s*(?:=|$)/i.test(cookie))
    .join(";")
    .trim();
}

/** The address that was asked for, as a value in another one's query. */
function askedAddress(r) {
  const { proto, http_host: host, request_uri: uri } = r.variables;
  return encodeURIComponent(`${proto}://${host}${uri}`);
}

export default { askedAddress, cookies };
