#!/bin/sh
# Publishes the operator's rule file as a whole. The operator truncates its file before it writes, so a reader of that
# file would now and then see no rules, or half of them.
#
# Writes two files to PUBLIC_FOLDER: access-rules.json, and sum with its checksum, which readers poll.
set -u
: "${RAW_FILE:?}" "${PUBLIC_FOLDER:?}"

published=$PUBLIC_FOLDER/access-rules.json
copy=$PUBLIC_FOLDER/.access-rules.json
sum=$PUBLIC_FOLDER/.sum

trap 'exit 0' TERM INT

# The operator writes indented JSON: a last line of exactly "]" ends a complete list that is not empty.
is_complete() {
  [ "$(tail -n 1 "$copy")" = "]" ] && cmp -s "$RAW_FILE" "$copy"
}

while :; do
  if [ -s "$RAW_FILE" ] && ! cmp -s "$RAW_FILE" "$published"; then
    cp "$RAW_FILE" "$copy" && is_complete && sha256sum <"$copy" >"$sum" &&
      mv "$copy" "$published" && mv "$sum" "$PUBLIC_FOLDER/sum"
  fi
  sleep 0.2
done
