#!/bin/sh
# Writes a backup of the database into BACKUP_FOLDER, without the rows of PASSING_TABLES, and deletes the oldest ones,
# so that KEEP remain. With CERTIFICATE_FILE, only the holder of its private key can read the backup, and no byte
# reaches the folder unencrypted; without it, the backup's table of contents is read once. A backup gets its name only
# when it is complete. A database without Kratos' tables is not backed up: it was lost, and there are older backups to
# restore. For the same reason, the backup of a database without identities replaces no older one.
set -eu
: "${BACKUP_FOLDER:?}" "${KEEP:?}" "${PASSING_TABLES:?}" "${PGDATABASE:?}"

sh "$(dirname "$0")/wait-for-database.sh"
cd "$BACKUP_FOLDER"
name=$(date -u +%Y-%m-%dT%H-%M-%SZ).dump
# A unique name: another backup may be running.
draft=.draft-$(uname -n)-$$
trap 'rm -f "$draft" "$draft.dumped"' EXIT
# Remains of a backup that was killed. None takes this long.
find . -name '.draft*' -mmin +720 -exec rm -f {} +

answer() {
  psql --no-psqlrc --tuples-only --no-align --command="$1"
}
migrated=$(answer "SELECT to_regclass('public.identities') IS NOT NULL")
if [ "$migrated" != t ]; then
  echo "the database has no table public.identities: it was lost, or Kratos' migrations have not run. Nothing was" \
    "written, and no backup was deleted. Restore one of these by its name: $(ls)" >&2
  exit 1
fi
inhabited=$(answer "SELECT EXISTS (SELECT FROM public.identities)")

set -- --format=custom
for table in $PASSING_TABLES; do
  set -- "$@" "--exclude-table-data=public.$table"
done

if [ -n "${CERTIFICATE_FILE:-}" ]; then
  name=$name.cms
  # A pipe's status is that of its last command: the mark shows whether the first one completed.
  { pg_dump "$@" && : >"$draft.dumped"; } | openssl cms -encrypt -stream -binary -outform DER -aes-256-gcm -out "$draft" \
    -recip "$CERTIFICATE_FILE" -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256
  rm "$draft.dumped"
else
  pg_dump "$@" --file="$draft"
  pg_restore --list "$draft" >/dev/null
fi
mv "$draft" "$name"
echo "wrote $name, $(wc -c <"$name") bytes"

if [ "$inhabited" = t ]; then
  printf '%s\n' *.dump* | sort -r | tail -n "+$((KEEP + 1))" | while read -r old; do
    rm -f "$old"
    echo "deleted $old"
  done
else
  echo "the database has no identity: no older backup was deleted"
fi
echo "backups: $(echo *.dump*)"
