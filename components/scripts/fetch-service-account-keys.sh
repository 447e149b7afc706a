#!/bin/sh
# Keeps KEYS_FILE equal to the keys of the cluster's service accounts. It asks through the nginx beside it, which checks
# the API server's certificate. The token goes through a pipe: anybody who sees the processes can read their arguments.
set -u
: "${API_PORT:?}" "${TOKEN_FILE:?}" "${ISSUER:?}" "${KEYS_FILE:?}"

trap 'exit 0' TERM INT

# Writes the body of an answer of 200 to $2.
fetch() {
  printf 'GET %s HTTP/1.0\r\nAuthorization: Bearer %s\r\nAccept: application/json, */*\r\n\r\n' "$1" "$(cat "$TOKEN_FILE")" |
    nc -w 10 127.0.0.1 "$API_PORT" | tr -d '\r' >"$2.answer"
  head -n 1 "$2.answer" | grep -q ' 200 ' || {
    echo "the API server answered $1 with: $(head -n 1 "$2.answer")" >&2
    return 1
  }
  sed '1,/^$/d' "$2.answer" >"$2"
}

is_issuer() {
  fetch /.well-known/openid-configuration "$KEYS_FILE.issuer" || return 1
  grep -qF "\"issuer\":\"$ISSUER\"" "$KEYS_FILE.issuer" || {
    echo "the issuer of this cluster is not $ISSUER: $(cat "$KEYS_FILE.issuer")" >&2
    return 1
  }
}

# An answer that is cut off ends otherwise.
is_whole() {
  grep -q '"keys"' "$1" && case $(tr -d ' \t\n' <"$1") in *']}') ;; *) return 1 ;; esac
}

while :; do
  is_issuer && fetch /openid/v1/jwks "$KEYS_FILE.new" && is_whole "$KEYS_FILE.new" && mv "$KEYS_FILE.new" "$KEYS_FILE"
  sleep "${INTERVAL:-30}" &
  wait $!
done
