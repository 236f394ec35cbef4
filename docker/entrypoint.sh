#!/bin/bash
# Bring this container's site up with the servers that the environment names, show the
# logs, and stop everything in order when the container is stopped.
set -euo pipefail
for name in JIANGMEN_POSTGRES_URL JIANGMEN_SOLR_URL JIANGMEN_REDIS_URL; do
    if [ -z "${!name:-}" ]; then echo "Set $name: the image holds no servers." >&2; exit 2; fi
done
trap 'python -B config/stack/down.py; exit 0' TERM INT
# After a restart of the host, processes of the same number are others.
rm -f "$JIANGMEN_VAR"/run/*.pid
python -B config/stack/up.py "$@"
tail -n 0 -F "$JIANGMEN_VAR"/log/*.log &
wait $!
