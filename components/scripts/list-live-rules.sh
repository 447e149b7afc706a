#!/bin/sh
# Keeps a list of the Rules that exist and are not being deleted, as ids of the rule file, one per line:
# `name.namespace`. Lists them again at every change, which a watch reports, and at least twice a minute.
#
# It asks the API server through the nginx of the same pod, because busybox' wget checks no certificate, and with nc,
# because a header given to wget would show the token among the processes' arguments.
set -u
: "${API_PORT:?}" "${API_PATH:?}" "${TOKEN_FILE:?}" "${LIVE_FOLDER:?}"

cd "$LIVE_FOLDER" || exit 1
trap 'exit 0' TERM INT

# request QUERY ACCEPT
request() {
  printf 'GET %s?%s HTTP/1.0\r\nAccept: %s\r\nAuthorization: Bearer %s\r\n\r\n' \
    "$API_PATH" "$1" "$2" "$(cat "$TOKEN_FILE")"
}

metadata="application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

# Indented JSON has one member per line, and its indentation shows the depth: whatever a label or annotation holds is
# quoted on one line, deeper than the members that are read here. A brace at the start of the last line ends a whole
# answer. Prints the version of the list.
read_list='
  NR == 1 { answered = $2 == 200 }
  /^    "resourceVersion": "/ { split($0, member, "\""); version = member[4] }
  /^        "name": "/ { split($0, member, "\""); name = member[4] }
  /^        "namespace": "/ { split($0, member, "\""); namespace = member[4] }
  /^        "deletionTimestamp": "/ { deleted = 1 }
  /^    \},?$/ { if (!deleted) print name "." namespace >ids; deleted = 0 }
  { last = $0 }
  END {
    if (!answered || last != "}" || version == "") exit 1
    print version
  }'

failed() {
  [ -n "$failing" ] || echo "$1" >&2
  failing=1
}

succeeded() {
  [ -z "$failing" ] || echo "the Rules are listed and watched again" >&2
  failing=
}

# reason FILE: of an answer, or of its first line
reason() {
  status=
  read -r _ status _ <"$1"
  case $status in
  200) echo "the answer is cut off, or no list" ;;
  [1-5][0-9][0-9]) echo "answered by $status" ;;
  *) echo "no answer" ;;
  esac
}

list() {
  : >draft
  request pretty=true "$metadata" | nc 127.0.0.1 "$API_PORT" >answer
  version=$(awk -v ids=draft "$read_list" answer) && mv draft rules && return
  failed "the Rules cannot be listed: $(reason answer)"
  return 1
}

# Returns at the first change since the list was made, or after half a minute.
wait_for_change() {
  request "watch=true&resourceVersion=$version&timeoutSeconds=30" application/json |
    sh -c 'echo $$ >watch; exec nc 127.0.0.1 "$API_PORT"' | {
    read -r status
    echo "$status" >watched
    while read -r line; do
      case $line in '{'*) break ;; esac
    done
    kill -s PIPE "$(cat watch)" 2>/dev/null
    case $status in *' 200 '*) ;; *) exit 1 ;; esac
  } &
  wait $! && return # which, unlike what is waited for, a signal interrupts
  failed "the Rules cannot be watched: $(reason watched)"
  return 1
}

failing=
while :; do
  : >alive
  if list && wait_for_change; then
    succeeded
    sleep 0.1
  else
    sleep 1
  fi
done
