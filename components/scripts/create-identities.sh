#!/bin/sh
# Creates every identity of a list that the identity server does not know yet. One that it knows stays as it is, whatever
# an administrator has made of it; one with another address than the list's is a contradiction for a person to resolve.
set -eu
: "${ADMIN_URL:?}" "${IDENTITIES_FILE:?}"

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
