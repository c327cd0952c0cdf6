#!/bin/bash
# Usage: own-users.sh COMMAND...
#
# The image comes with demo users, most of whom have passwords that everybody knows: whoever reaches
# the port could read every index as readall/readall. This leaves only admin, and kibanaserver, as
# whom Dashboards signs in, both with the password in OPENSEARCH_INITIAL_ADMIN_PASSWORD; then it
# runs the command, the image's own start. OpenSearch reads these users when it starts on an empty
# volume, and never again.
set -euo pipefail

home=${OPENSEARCH_HOME:-/usr/share/opensearch}
users=$home/config/opensearch-security/internal_users.yml

hash=$("$home/plugins/opensearch-security/tools/hash.sh" -env OPENSEARCH_INITIAL_ADMIN_PASSWORD)
hash=${hash##*$'\n'}
if [[ $hash != '$2'* ]]; then
    echo "own-users.sh: hash.sh gave no hash: this image is not the one that it was written for" >&2
    exit 1
fi

printf '%s\n' >"$users" \
    '_meta: {type: "internalusers", config_version: 2}' \
    'admin:' "  hash: \"$hash\"" '  reserved: true' '  backend_roles: ["admin"]' \
    'kibanaserver:' "  hash: \"$hash\"" '  reserved: true'
exec "$@"
