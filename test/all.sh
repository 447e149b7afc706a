#!/usr/bin/env bash
# Runs what must pass before a change lands, and with ALL=1 also the tests of what a release publishes. Deletes the tests' clusters,
# and prints how long each part took.
# Suites that need a cluster run in lanes, each on its own cluster, and the others beside them: the tests often wait. There are
# three lanes; two with less than 12 GiB of free memory; one with fewer than four cores, which it keeps busy by itself, because a
# gateway at rest takes almost half of one; or as many as LANES says. With the cluster that PORTCULLIS_KUBECONFIG names, there is
# one.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# Bash makes background processes ignore the terminal's interrupt.
trap 'trap - TERM; kill 0' INT TERM
free_gib=$(awk '/^MemAvailable/ { print int($2 / 1024 ^ 2) }' /proc/meminfo 2>/dev/null)
lanes=${LANES:-$(($(nproc) < 4 ? 1 : ${free_gib:-12} < 12 ? 2 : 3))}
[ -z "${PORTCULLIS_KUBECONFIG:-}" ] || lanes=1
instances=(test test-2 test-3)
instances=("${instances[@]:0:lanes}")
mkdir "$scratch/queue"

part() { # part NAME COMMAND...
  local name=$1 started=$SECONDS status=0
  shift
  "$@" || status=$?
  printf '%-22s %4d s%s\n' "$name" $((SECONDS - started)) "$([ $status = 0 ] || echo "  failed")" >>"$scratch/times"
  return "$status"
}

suite() { # suite NAME INSTANCE [OPTION...]
  local name=$1 instance=$2
  shift 2
  part "test-$name $instance" npm run --silent "test:$name" -- --instance "$instance" ${ALL:+--all} "$@"
}

built() { # waits for what the first cluster builds: nothing is built twice
  until [ -e "$scratch/built" ]; do sleep 1; done
}

cluster() { # cluster INSTANCE: a new one, whatever a run that was killed has left in it
  local status=0
  [ "$1" = "${instances[0]}" ] || built
  make --no-print-directory cluster-down INSTANCE="$1" &&
    part "cluster $1" npm run --silent cluster -- up --instance "$1" ${CI:+--yes} || status=$?
  touch "$scratch/built"
  return "$status"
}

# A failure in one suite does not hide failures in the next.
lane() { # lane INSTANCE [SUITE...]: these suites, and then a share of the end-to-end tests
  local instance=$1 status=0 name
  shift
  cluster "$instance" || return
  for name; do suite "$name" "$instance" || status=$?; done
  suite e2e "$instance" --queue "$scratch/queue" || status=$?
  return "$status"
}

checks() {
  local status=0 make="make --no-print-directory"
  part lint nice $make lint || status=$?
  part test-unit $make test-unit || status=$?
  built
  part test-loopback $make test-loopback || status=$?
  return "$status"
}

all_lanes() {
  case $lanes in
    1) together "lane test engine browser" checks ;;
    2) together "lane test browser" "lane test-2 engine" checks ;;
    *) together "lane test" "lane test-2 engine" "lane test-3 browser" checks ;;
  esac
}

together() { # together COMMAND...: what all but the first print comes after the first's
  local status=0 pids=() logs=() command pid
  for command in "${@:2}"; do
    logs+=("$scratch/${command// /_}.log")
    $command >"${logs[-1]}" 2>&1 &
    pids+=($!)
  done
  $1 2>&1 | tee "$scratch/first.log" || status=$?
  for pid in "${pids[@]}"; do wait "$pid" || status=$?; done
  cat "${logs[@]}"
  return "$status"
}

failed_tests() { # each with the first lines of its error, however far up the rest is
  sed 's/\x1b\[[0-9;]*m//g' "$scratch"/*.log | awk -v lines=8 '/^  [0-9]+ failing/ { listed = 1 }
    listed && /^  [0-9]+\) / { title = 1; left = lines }
    title { print; blank = 0; if (/:$/) title = 0; next }
    !NF { if (++blank == 2) left = 0; next }
    { blank = 0 }
    left { print; left-- }'
}

status=0
all_lanes || status=$?
for instance in "${instances[@]}"; do
  make --no-print-directory cluster-down INSTANCE="$instance" || status=1
done
failed_tests
printf '\n%s\n%-22s %4d s\n' "$(cat "$scratch/times")" total "$SECONDS"
exit "$status"
