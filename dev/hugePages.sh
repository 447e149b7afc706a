#!/usr/bin/env bash
# hugePages.sh COMMAND...: runs a command while the kernel backs the memory of every program with huge pages, where this machine
# leaves it to each program to ask for them (`madvise`). The Go compiler does not ask, and takes two thirds more processor time
# without. Afterwards the setting is what it was. It changes nothing for others than root.
setting=${HUGE_PAGES_SETTING:-/sys/kernel/mm/transparent_hugepage/enabled}

if grep --quiet --no-messages '\[madvise\]' "$setting" && [ -w "$setting" ]; then
  trap 'echo madvise >"$setting"' EXIT
  echo always >"$setting"
fi
"$@"
