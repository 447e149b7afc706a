#!/usr/bin/env bash
# Runs everything that must hold before a change lands, takes the tests' cluster down, and prints how long each part took.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

times=""
run() { # run TARGET
  local started=$SECONDS status=0
  make --no-print-directory "$1" || status=$?
  times+=$(printf '%-14s %4d s' "$1" $((SECONDS - started)))$'\n'
  return "$status"
}

status=0
for target in lint test-unit test-loopback test-engine test-browser test-e2e; do
  run "$target" || { status=$? && break; }
done
run cluster-down || status=1
printf '\n%s%-14s %4d s\n' "$times" total "$SECONDS"
exit "$status"
