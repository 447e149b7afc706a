#!/bin/sh
# Gives nginx the pod's name servers, the cluster's own domain that completes names of Services, and Kratos' address:
# nginx reads resolv.conf when it starts, but not for names that it learns later.
set -eu
: "${RESOLV_CONF:?}" "${NGINX_FILE:?}" "${KRATOS_HOST:?}" "${KRATOS_PORT:?}" "${KRATOS_FILE:?}"

servers=$(awk '$1 == "nameserver" { print ($2 ~ /:/) ? "[" $2 "]" : $2 }' "$RESOLV_CONF" | tr '\n' ' ')
# The kubelet writes "search <namespace>.svc.<domain> svc.<domain> <domain> …".
domain=$(awk '$1 == "search" { for (i = 2; i <= NF; i++) if (sub(/^svc[.]/, "", $i)) { print $i; exit } }' "$RESOLV_CONF")

{
  [ -z "$servers" ] || echo "resolver ${servers% };"
  echo "map '' \$cluster_domain { default '${domain:+.$domain}'; }"
} >"$NGINX_FILE"

# nginx completes no name; if the domain is unknown, the name is looked up once, when nginx starts.
if [ -n "$servers" ] && [ -n "$domain" ]; then
  echo "server $KRATOS_HOST.$domain:$KRATOS_PORT resolve;"
else
  echo "server $KRATOS_HOST:$KRATOS_PORT;"
fi >"$KRATOS_FILE"
