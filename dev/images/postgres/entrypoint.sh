#!/bin/sh
# Keeps the contract of the official postgres image as far as this project uses it: POSTGRES_USER, POSTGRES_PASSWORD,
# POSTGRES_DB and PGDATA choose what the first start creates; arguments that begin with "-" go to the server. PGDATA has
# to be a folder below a volume and not the volume itself.
set -eu

case "${1:-}" in
  "" | -*) set -- postgres "$@" ;;
esac

if [ "$1" != postgres ]; then
  exec "$@"
fi

if [ "$(id -u)" = 0 ]; then
  echo "postgres: this image does not step down from root; run it as user 999" >&2
  exit 1
fi

: "${PGDATA:=/var/lib/postgresql/data/pgdata}" "${POSTGRES_USER:=postgres}"
: "${POSTGRES_DB:=$POSTGRES_USER}"
export PGDATA
sockets=/var/run/postgresql

# Runs one statement, given on standard input, as the superuser; psql quotes the variables.
admin_sql() {
  PGHOST=$sockets psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres "$@"
}

# Makes the database in a folder beside its own, which takes its name when it is complete: a start that is killed half
# way leaves nothing that the next one takes for a database.
initialize() {
  if [ -z "${POSTGRES_PASSWORD:-}" ]; then
    echo "postgres: the database is empty and POSTGRES_PASSWORD is not set" >&2
    exit 1
  fi
  draft=$PGDATA.draft
  rm -rf "$draft"

  password_file=$(mktemp)
  trap 'rm -f "$password_file"' EXIT
  printf '%s\n' "$POSTGRES_PASSWORD" >"$password_file"
  initdb --pgdata "$draft" --username "$POSTGRES_USER" --pwfile "$password_file" --encoding UTF8 --no-locale \
    --locale-provider builtin --builtin-locale C.UTF-8 --auth-local trust --auth-host scram-sha-256 --no-instructions
  rm -f "$password_file"
  printf '\nhost all all all scram-sha-256\n' >>"$draft/pg_hba.conf"

  if [ "$POSTGRES_DB" != postgres ]; then
    pg_ctl --pgdata "$draft" --silent --wait \
      --options "-c listen_addresses='' -c unix_socket_directories=$sockets" start
    echo 'CREATE DATABASE :"name"' | admin_sql --set name="$POSTGRES_DB"
    pg_ctl --pgdata "$draft" --silent --wait --mode fast stop
  fi

  if [ -d "$PGDATA" ]; then rmdir "$PGDATA"; fi
  mv "$draft" "$PGDATA"
}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initialize
fi

shift
exec postgres -c listen_addresses='*' -c unix_socket_directories="$sockets" "$@"
