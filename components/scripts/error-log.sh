#!/bin/sh
# Passes nginx' error log on without what a client sent: a line has the whole request with its query, and the Referer.
set -eu

while IFS= read -r line; do
  case $line in
  *', request: "'*)
    upstream=
    case $line in
    *', upstream: "'*)
      upstream=${line##*, upstream: \"}
      scheme=${upstream%%://*}
      rest=${upstream#*://}
      upstream=", upstream: $scheme://${rest%%[/?\"]*}"
      ;;
    esac
    line=${line%%, request: \"*}$upstream
    ;;
  esac
  printf '%s\n' "$line"
done
