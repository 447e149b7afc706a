#!/bin/sh
# Creates every identity of a list that the identity server does not know yet. A known one stays as it is, whatever an
# administrator has changed in it; one with another address than the list's is a conflict for a person to resolve.
set -eu
: "${ADMIN_URL:?}" "${IDENTITIES_FILE:?}"

# Some network plugins take half a minute to apply NetworkPolicies to a new pod, and every try of a Job is a new pod.
# After a minute, the first request reports what is wrong.
deadline=$(($(date +%s) + 60))
until timeout 10 wget -q -O /dev/null "$ADMIN_URL/health/alive" 2>/dev/null || [ "$(date +%s)" -ge "$deadline" ]; do
  sleep 1
done

tab=$(printf '\t')
while IFS=$tab read -r identifier address document; do
  known=$(timeout 10 wget -q -O - "$ADMIN_URL/admin/identities?credentials_identifier=$identifier")
  case $known in
  '[]')
    timeout 10 wget -q -O /dev/null --header 'Content-Type: application/json' --post-data "$document" \
      "$ADMIN_URL/admin/identities" || {
      echo "$identifier cannot be created. Is $address that of another identity?" >&2
      exit 1
    }
    echo "$identifier created"
    ;;
  *"$address"*) echo "$identifier exists" ;;
  *)
    echo "$identifier exists with another address than $address: correct the list, or delete the identity." >&2
    exit 1
    ;;
  esac
done <"$IDENTITIES_FILE"
