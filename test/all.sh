#!/usr/bin/env bash
# Runs everything that must hold before a change lands, takes the tests' clusters down, and prints how long each part took.
# What needs a cluster runs in two lanes, each on one of its own, and what needs none beside them: the tests mostly wait. LANES=1 keeps to one, and so
# does a cluster that PORTCULLIS_KUBECONFIG names.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# Bash lets what runs in the background ignore the terminal's interrupt.
trap 'trap - TERM; kill 0' INT TERM
lanes=${LANES:-2}
[ -z "${PORTCULLIS_KUBECONFIG:-}" ] || lanes=1

part() { # part NAME COMMAND...
  local name=$1 started=$SECONDS status=0
  shift
  "$@" || status=$?
  printf '%-22s %4d s\n' "$name" $((SECONDS - started)) >>"$scratch/times"
  return "$status"
}

suite() { # suite NAME INSTANCE [OPTION...]
  local name=$1 instance=$2
  shift 2
  part "test-$name $*" npm run --silent "test:$name" -- --instance "$instance" "$@"
}

cluster() { # cluster INSTANCE
  part "cluster $1" npm run --silent cluster -- up --instance "$1" ${CI:+--yes}
}

together() { # together COMMAND...: what all but the first print comes after the first's
  local status=0 pids=() name pid
  for name in "${@:2}"; do
    $name >"$scratch/$name.log" 2>&1 &
    pids+=($!)
  done
  $1 2>&1 | tee "$scratch/$1.log" || status=$?
  for pid in "${pids[@]}"; do wait "$pid" || status=$?; done
  for name in "${@:2}"; do cat "$scratch/$name.log"; done
  return "$status"
}

failed_tests() { # each with the first line of its error, however far up the rest is
  sed 's/\x1b\[[0-9;]*m//g' "$scratch"/*.log | awk '/^  [0-9]+ failing/ { listed = 1 }
    listed && /^  [0-9]+\) / { printing = 1 }
    printing { print }
    printing && ended { printing = ended = 0 }
    printing && /:$/ { ended = 1 }'
}

lint() { part lint make --no-print-directory lint; }
unit() { part test-unit make --no-print-directory test-unit; }
loopback() { part test-loopback make --no-print-directory test-loopback; }

# What fails in one suite does not hide what would fail in the next.
suites() { # suites INSTANCE [OPTION...]
  local instance=$1 status=0
  suite engine "$instance" || status=$?
  suite browser "$instance" || status=$?
  suite e2e "$@" || status=$?
  return "$status"
}
first_lane() { suite e2e test --lane first; }
second_lane() { suites test-2 --lane second; }
only_lane() { suites test; }

status=0
together unit lint && if [ "$lanes" = 1 ]; then
  together only_lane loopback
else
  # One after the other: the first builds what both need.
  cluster test && cluster test-2 && together first_lane second_lane loopback
fi || status=$?
for instance in test test-2; do
  make --no-print-directory cluster-down INSTANCE="$instance" || status=1
done
failed_tests
printf '\n%s\n%-22s %4d s\n' "$(cat "$scratch/times")" total "$SECONDS"
exit "$status"
