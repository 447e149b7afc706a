#!/bin/sh
# Writes a backup of the database into BACKUP_FOLDER, without the rows of PASSING_TABLES, and deletes the oldest ones, so
# that KEEP remain. With CERTIFICATE_FILE only the holder of its private key can read the backup, and no byte reaches the
# folder before it is encrypted; without it, the backup's table of contents is read once. A backup gets its name only
# when it is complete.
set -eu
: "${BACKUP_FOLDER:?}" "${KEEP:?}" "${PASSING_TABLES:?}" "${PGDATABASE:?}"

cd "$BACKUP_FOLDER"
name=$(date -u +%Y-%m-%dT%H-%M-%SZ).dump
rm -f .draft .dumped

set -- --format=custom
for table in $PASSING_TABLES; do
  set -- "$@" "--exclude-table-data=public.$table"
done

if [ -n "${CERTIFICATE_FILE:-}" ]; then
  name=$name.cms
  # A pipe's status is the last command's: the mark tells whether the first one got to its end.
  { pg_dump "$@" && : >.dumped; } | openssl cms -encrypt -stream -binary -outform DER -aes-256-gcm -out .draft \
    -recip "$CERTIFICATE_FILE" -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256
  rm .dumped
else
  pg_dump "$@" --file=.draft
  pg_restore --list .draft >/dev/null
fi
mv .draft "$name"
echo "wrote $name, $(wc -c <"$name") bytes"

printf '%s\n' *.dump* | sort -r | tail -n "+$((KEEP + 1))" | while read -r old; do
  rm "$old"
  echo "deleted $old"
done
echo "backups: $(echo *.dump*)"
