#!/bin/bash
# Run once by the image, on an empty data folder: the product's roles and database, by the script of the embedded server.
set -euo pipefail

password_of() {
    local address=$1
    if [[ ! $address =~ ^postgres(ql)?://$2:([A-Za-z0-9_-]+)@ ]]; then
        echo "roles.sh: the address of $2 must be postgresql://$2:PASSWORD@postgres:5432/acemall, its password of letters, digits, - and _." >&2
        exit 1
    fi
    printf '%s' "${BASH_REMATCH[2]}"
}

owner=$(password_of "$DATABASE_OWNER_URL" acemall_owner)
app=$(password_of "$DATABASE_URL" acemall_app)
backup=$(password_of "$BACKUP_DATABASE_URL" acemall_backup)
# Over standard input: a command line can be read by everybody.
{
    printf '\\set %s %s\n' owner_password "$owner" app_password "$app" backup_password "$backup"
    cat "${ROLES:-/etc/acemall/roles.sql}"
    # Reads every organisation's rows, which the owner does not.
    echo "CREATE ROLE acemall_backup LOGIN BYPASSRLS IN ROLE pg_read_all_data PASSWORD :'backup_password';"
    echo "GRANT CONNECT ON DATABASE acemall TO acemall_backup;"
} \
    | psql -X -q -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres
