#!/bin/sh
# Keeps the proxy's rule file equal to the published one. The file changes only by rename and only after its checksum
# was right, so the proxy never reads a part of it; while no rule server answers, the last rules stay.
#
# It asks by nc: wget takes credentials only as an argument, which whoever sees the node's processes can read.
set -u
: "${RULES_URL:?}" "${RULES_CREDENTIALS:?}" "${RULES_FOLDER:?}"

cd "$RULES_FOLDER" || exit 1
trap 'exit 0' TERM INT

address=${RULES_URL#*://}
host=${address%:*}
port=${address##*:}

# get FILE SECONDS
get() {
  printf 'GET /%s HTTP/1.0\r\nHost: %s\r\nAuthorization: Basic %s\r\n\r\n' "$1" "$address" "$RULES_CREDENTIALS" |
    timeout "$2" nc "$host" "$port" >.answer
  { read -r _ status _ && [ "$status" = 200 ] && sed '1,/^\r*$/d'; } <.answer
}

current=
while :; do
  new=$(get sum 2) && [ "$new" != "$current" ] &&
    get access-rules.json 5 >.access-rules.json &&
    [ "$(sha256sum <.access-rules.json)" = "$new" ] &&
    mv .access-rules.json access-rules.json && current=$new
  sleep 0.5
done
