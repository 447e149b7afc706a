#!/bin/sh
# Keeps the contract of the official postgres image as far as this project uses it: POSTGRES_USER, POSTGRES_PASSWORD,
# POSTGRES_DB and PGDATA choose what the first start creates; arguments that begin with "-" go to the server.
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

: "${PGDATA:=/var/lib/postgresql/data}" "${POSTGRES_USER:=postgres}"
: "${POSTGRES_DB:=$POSTGRES_USER}"
export PGDATA
sockets=/var/run/postgresql

# Runs one statement, given on standard input, as the superuser; psql quotes the variables.
admin_sql() {
  PGHOST=$sockets psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres "$@"
}

initialize() {
  if [ -z "${POSTGRES_PASSWORD:-}" ]; then
    echo "postgres: the database is empty and POSTGRES_PASSWORD is not set" >&2
    exit 1
  fi
  mkdir -p "$PGDATA"
  chmod 0700 "$PGDATA" 2>/dev/null || true # a volume's folder may belong to root with this user's group

  password_file=$(mktemp)
  trap 'rm -f "$password_file"' EXIT
  printf '%s\n' "$POSTGRES_PASSWORD" >"$password_file"
  initdb --username "$POSTGRES_USER" --pwfile "$password_file" --encoding UTF8 --no-locale \
    --locale-provider builtin --builtin-locale C.UTF-8 --auth-local trust --auth-host scram-sha-256 --no-instructions
  rm -f "$password_file"
  trap - EXIT

  printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
  if [ "$POSTGRES_DB" != postgres ]; then
    # The server that creates the database is not to be reached before it is complete.
    pg_ctl --silent --wait --options "-c listen_addresses='' -c unix_socket_directories=$sockets" start
    echo 'CREATE DATABASE :"name"' | admin_sql --set name="$POSTGRES_DB"
    pg_ctl --silent --wait --mode fast stop
  fi
}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initialize
fi

shift
exec postgres -c listen_addresses='*' -c unix_socket_directories="$sockets" "$@"
