#!/bin/sh
# Passes nginx' error log on without what a client sent: a line has the whole request with its query, and the Referer.
# It has to be fast: nginx blocks if nobody reads, and a dead upstream causes a line for each of its requests.
set -eu

# Without the option, mawk waits for a whole block of lines; the others do not, and complain about the option.
interactive=
[ -n "$(awk -W interactive 'BEGIN { exit }' </dev/null 2>&1)" ] || interactive='-W interactive'

# shellcheck disable=SC2086 # no argument where it is empty
exec awk $interactive '
# A line at once, as others write to the same log.
BEGIN { ORS = "" }
{
  end = index($0, ", request: \"")
  if (end) {
    upstream = ""
    line = $0
    while (match(line, /, upstream: "[a-z]+:\/\/[^\/?"]*/)) {
      upstream = substr(line, RSTART, RLENGTH)
      line = substr(line, RSTART + RLENGTH)
    }
    sub(/"/, "", upstream)
    $0 = substr($0, 1, end - 1) upstream
  }
  print $0 "\n"
  fflush()
}'
