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

# get FILE SECONDS: the answer is in .answer, its content behind an empty line.
get() {
  printf 'GET /%s HTTP/1.0\r\nHost: %s\r\nAuthorization: Basic %s\r\n\r\n' "$1" "$address" "$RULES_CREDENTIALS" |
    timeout "$2" nc "$host" "$port" >.answer &
  wait $! # which, unlike what is waited for, a signal interrupts
  read -r _ status _ <.answer && [ "$status" = 200 ]
}

# Sets sum to the checksum in the answer, its last line, without a process of its own.
read_sum() {
  while read -r line || [ "$line" ]; do sum=$line; done <.answer
}

# The server answers once there are other rules than these, or after ten seconds. One of an older version answers at once.
current=
while :; do
  if get "sum?than=${current%% *}" 12 && read_sum && [ "$sum" != "$current" ] &&
    get access-rules.json 5 && sed '1,/^\r*$/d' .answer >.access-rules.json &&
    [ "$(sha256sum <.access-rules.json)" = "$sum" ] &&
    mv .access-rules.json access-rules.json; then
    current=$sum
  else
    sleep 0.3
  fi
done
