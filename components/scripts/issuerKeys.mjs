// Cuts an issuer's answer off where it is larger than keys are. Runs in njs, with the engine QuickJS.
//
// It would be remembered in the pod's memory, and read whole by Oathkeeper, whatever its size.
const maxBytes = 131072;

/** Who asks would wait for what is cut off. */
function forgetLength(r) {
  delete r.headersOut["Content-Length"];
}

function limit(r, data, flags) {
  const sent = Number(r.variables.keys_bytes) + data.length;
  r.variables.keys_bytes = String(sent);
  if (sent <= maxBytes) r.sendBuffer(data, flags);
  else if (flags.last) r.sendBuffer("", flags);
}

export default { forgetLength, limit };
