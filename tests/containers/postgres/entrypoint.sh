#!/bin/sh
# Makes the cluster on first start from POSTGRES_USER, POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE, POSTGRES_DB and
# POSTGRES_INITDB_ARGS, as the official image does, then becomes the server. Any command but `postgres` runs as it is.
set -eu

if [ "${1:-postgres}" != postgres ]; then
    exec "$@"
fi
shift || true

export PGDATA="${PGDATA:-/var/lib/postgresql/data}"
user="${POSTGRES_USER:-postgres}"
database="${POSTGRES_DB:-$user}"

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    password="${POSTGRES_PASSWORD:-}"
    if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
        password="$(cat "$POSTGRES_PASSWORD_FILE")"
    fi
    if [ -z "$password" ]; then
        echo "entrypoint: POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE must give a password" >&2
        exit 1
    fi
    mkdir -p -m 700 "$PGDATA"
    umask 077
    printf '%s' "$password" > /tmp/pwfile
    # shellcheck disable=SC2086 # several arguments in one variable, as in the official image
    initdb --username="$user" --pwfile=/tmp/pwfile --auth-local=trust --auth-host=scram-sha-256 \
        ${POSTGRES_INITDB_ARGS:-}
    rm /tmp/pwfile
    echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
    if [ "$database" != postgres ]; then
        echo "CREATE DATABASE \"$database\";" | postgres --single -j postgres
    fi
fi

exec postgres -c listen_addresses='*' "$@"
