#!/bin/sh
# Keeps the proxy's rule file equal to the published one. The file changes only by a rename, and only after its checksum
# was right, so the proxy never reads a part of it. While no rule server answers, the last rules stay.
#
# .answered is as old as the last answer that confirmed these rules as the newest, which the metrics report.
#
# It uses nc: wget takes credentials only as an argument, which anybody who sees the node's processes can read.
set -u
: "${RULES_URL:?}" "${RULES_CREDENTIALS:?}" "${RULES_FOLDER:?}"

cd "$RULES_FOLDER" || exit 1
trap 'exit 0' TERM INT

address=${RULES_URL#*://}
host=${address%:*}
port=${address##*:}

# Not `:`, with which the shell would exit if the file cannot be written.
answered() {
  true >.answered
  [ -z "$failing" ] || echo "the rules are fetched again" >&2
  failing=
}

failed() {
  [ -n "$failing" ] || echo "the rules cannot be fetched from $RULES_URL: $1" >&2
  failing=1
}

# get FILE SECONDS: writes the answer to .answer, with its content after an empty line.
get() {
  printf 'GET /%s HTTP/1.0\r\nHost: %s\r\nAuthorization: Basic %s\r\n\r\n' "$1" "$address" "$RULES_CREDENTIALS" |
    timeout "$2" nc "$host" "$port" >.answer &
  wait $! # which, unlike what is waited for, a signal interrupts
  status=
  read -r _ status _ <.answer && [ "$status" = 200 ] && return
  case $status in
  [1-5][0-9][0-9]) failed "${1%%\?*} is answered by $status" ;;
  *) failed "no answer to ${1%%\?*}" ;;
  esac
  return 1
}

# Sets sum to the checksum in the answer, its last line, without a process of its own.
read_sum() {
  while read -r line || [ "$line" ]; do sum=$line; done <.answer
}

# Takes over the rules, whose checksum is in sum.
take_over() {
  get access-rules.json 5 || return
  if sed '1,/^\r*$/d' .answer >.access-rules.json &&
    [ "$(sha256sum <.access-rules.json)" = "$sum" ] &&
    mv .access-rules.json access-rules.json; then
    current=$sum
  else
    failed "access-rules.json has not its checksum, or cannot be written"
    return 1
  fi
}

failing=
# When this container is restarted, the last answer keeps its age.
[ -e .answered ] || true >.answered

# The server answers once its rules differ from these, or after ten seconds. An older version of it answers at once.
current=
while :; do
  before=$current
  if get "sum?than=${current%% *}" 12 && read_sum && { [ "$sum" = "$current" ] || take_over; }; then
    answered
  fi
  [ "$current" != "$before" ] || sleep 0.3
done
