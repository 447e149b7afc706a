#!/bin/sh
# Publishes the operator's rules, of those that still exist. The operator's file is no proof of that: it truncates the
# file before it writes, writes a deleted Rule back while anybody's finalizer is on it, and after a Rule with
# `configMapName` writes only those of that name.
#
# Writes two files to PUBLIC_FOLDER: access-rules.json, and sum with its checksum, which readers poll.
set -u
: "${RAW_FILE:?}" "${LIVE_FILE:?}" "${SENTINEL:?}" "${PUBLIC_FOLDER:?}"

cd "$PUBLIC_FOLDER" || exit 1
trap 'exit 0' TERM INT

# The operator writes indented JSON: a last line of exactly "]" ends a complete list that is not empty.
is_complete() {
  [ "$(tail -n 1 "$1")" = "]" ] && cmp -s "$RAW_FILE" "$1"
}

# Whether the operator has written another list, which is then in .written.
take_over_written() {
  [ -s "$RAW_FILE" ] && ! cmp -s "$RAW_FILE" .written && cp "$RAW_FILE" .copy && is_complete .copy &&
    grep -qFx "    \"id\": \"$SENTINEL\"," .copy && mv .copy .written
}

# Whether other Rules exist than before; the file is replaced as a whole, and empty only where it is wrong.
take_over_live() {
  [ -s "$LIVE_FILE" ] && ! cmp -s "$LIVE_FILE" .live && cp "$LIVE_FILE" .live
}

# In indented JSON a rule is what stands between braces indented by two, and the id its member indented by four:
# neither can be part of a text, which is quoted on one line.
select_live='
  BEGIN { while ((getline id <live) > 0) lives[id]; print "[" }
  /^  \{$/ { rule = ""; id = "" }
  /^    "id": "/ { split($0, member, "\""); id = member[4] }
  /^  \},?$/ {
    if (id in lives) { printf "%s%s  }", separator, rule; separator = ",\n" }
    if (id in lives && id == sentinel) found = 1
  }
  { rule = rule $0 "\n" }
  END { print "\n]"; exit !found }'

published=
publish() {
  awk -v live=.live -v sentinel="$SENTINEL" "$select_live" .written >.draft || return
  sum=$(sha256sum <.draft)
  [ "$sum" != "$published" ] || return
  echo "$sum" >.sum
  mv .draft access-rules.json && mv .sum sum && published=$sum
}

# Whether a file may have changed since the last check, by whole seconds and without a process; every five seconds in any
# case, because clocks are set back.
may_have_changed() {
  turn=$(((turn + 1) % 25))
  # shellcheck disable=SC3013 # `-nt` is in POSIX since 2024, and was in busybox long before.
  [ "$turn" = 0 ] || [ ! .checked -nt "$RAW_FILE" ] || [ ! .checked -nt "$LIVE_FILE" ]
}

rm -f .live .checked # of a container that ended, and may have ended long ago
turn=0
while :; do
  : >.alive
  if may_have_changed; then
    : >.checked
    changed=
    take_over_written && changed=1
    take_over_live && changed=1
    [ -z "$changed" ] || [ ! -e .written ] || [ ! -e .live ] || publish
  fi
  sleep 0.2
done
