#!/bin/sh
# Puts the database back to the backup BACKUP, the name of a file in BACKUP_FOLDER; without it, to the newest one. What
# is in the database is dropped. All of it is one transaction: when anything fails, nothing has changed.
set -eu
: "${BACKUP_FOLDER:?}" "${PGDATABASE:?}"

cd "$BACKUP_FOLDER"
backup=${BACKUP:-$(printf '%s\n' *.dump | sort | tail -n 1)}
if [ ! -f "$backup" ]; then
  echo "$BACKUP_FOLDER holds no $backup, but: $(ls)" >&2
  exit 1
fi

# Ends before COMMIT when the file cannot be read to its end: psql then rolls back.
statements() {
  echo 'BEGIN; DROP SCHEMA public CASCADE; CREATE SCHEMA public;'
  pg_restore --no-owner --file=- "$backup"
  printf '%s\n' 'COMMIT;' '\echo complete'
}

last=$(statements | psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 | tail -n 1)
[ "$last" = complete ]
echo "restored $backup"
