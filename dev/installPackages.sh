#!/usr/bin/env bash
# installPackages.sh PACKAGE...: installs Debian packages. It waits up to five minutes for another program that holds a lock of
# apt: a new machine often updates itself, and `make test` installs for several suites at the same time. Of apt's locks,
# DPkg::Lock::Timeout waits for dpkg's only.
set -uo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
printed=$(mktemp) || exit
trap 'rm -f "$printed"' EXIT

apt_get() {
  local until=$((SECONDS + 300))
  until apt-get --quiet --option DPkg::Lock::Timeout=300 "$@" >"$printed" 2>&1; do
    if ! grep --quiet "Could not get lock" "$printed" || [ "$SECONDS" -ge "$until" ]; then
      cat "$printed" >&2
      return 1
    fi
    sleep 1
  done
}

apt_get update && apt_get install --yes --no-install-recommends "$@"
