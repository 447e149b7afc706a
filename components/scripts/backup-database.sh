#!/bin/sh
# Writes a backup of the database into BACKUP_FOLDER and deletes the oldest ones, so that KEEP remain. A backup gets its
# name only when it is complete and its table of contents was read.
set -eu
: "${BACKUP_FOLDER:?}" "${KEEP:?}" "${PGDATABASE:?}"

cd "$BACKUP_FOLDER"
name=$(date -u +%Y-%m-%dT%H-%M-%SZ).dump

pg_dump --format=custom --file=.draft
pg_restore --list .draft >/dev/null
mv .draft "$name"
echo "wrote $name, $(wc -c <"$name") bytes"

printf '%s\n' *.dump | sort -r | tail -n "+$((KEEP + 1))" | while read -r old; do
  rm "$old"
  echo "deleted $old"
done
echo "backups: $(echo *.dump)"
