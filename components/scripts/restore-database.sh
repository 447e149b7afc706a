#!/bin/sh
# Restores the database from the backup BACKUP, the name of a file in BACKUP_FOLDER; without it, from the newest one.
# With "list" it changes nothing, and prints the backups with their sizes. What is in the database is dropped. All of it
# is one transaction: if anything fails, or the backup has no table of identities, nothing has changed. An encrypted
# backup is decrypted with KEY_FILE, into MEMORY_FOLDER; openssl fails if a single byte of it was changed.
set -eu
: "${BACKUP_FOLDER:?}" "${KEY_FILE:?}" "${MEMORY_FOLDER:?}" "${PGDATABASE:?}"

scripts=$(cd "$(dirname "$0")" && pwd)
cd "$BACKUP_FOLDER"
if [ "${BACKUP:-}" = list ]; then
  ls -l
  exit
fi
backup=${BACKUP:-$(printf '%s\n' *.dump* | sort | tail -n 1)}
if [ ! -f "$backup" ]; then
  echo "$BACKUP_FOLDER holds no $backup, but: $(ls)" >&2
  exit 1
fi

archive=$backup
case $backup in
*.cms)
  if [ ! -f "$KEY_FILE" ]; then
    echo "$backup is encrypted, and there is no $KEY_FILE: make the Secret that has the private key, then a new Job" >&2
    exit 1
  fi
  archive=$MEMORY_FOLDER/archive
  openssl cms -decrypt -binary -inform DER -in "$backup" -inkey "$KEY_FILE" -out "$archive"
  ;;
esac

sh "$scripts/wait-for-database.sh"

# Ends before COMMIT if the file cannot be read to its end: psql then rolls back.
statements() {
  echo 'BEGIN; DROP SCHEMA public CASCADE; CREATE SCHEMA public;'
  pg_restore --no-owner --file=- "$archive"
  cat <<SQL
DO \$\$ BEGIN
  IF to_regclass('public.identities') IS NULL THEN
    RAISE EXCEPTION 'this is the backup of an empty database: restore an older one by its name';
  END IF;
END \$\$;
SQL
  printf '%s\n' 'COMMIT;' '\echo complete'
}

last=$(statements | psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 | tail -n 1)
[ "$last" = complete ]
echo "restored $backup"
