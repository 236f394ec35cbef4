#!/bin/bash
# Build the platform's image where there is no container engine and no image registry:
# a base by debootstrap, the Dockerfile by buildah in chroot isolation. Needs root.
#   docker/build.sh [NAME]        needs the Debian packages buildah and debootstrap
# MIRROR is the Debian mirror (debootstrap's own without it).
set -euo pipefail
cd "$(dirname "$0")/.."
NAME=${1:-jiangmen/platform}
WORK=$(mktemp -d /var/tmp/jiangmen-image.XXXXXX)

# debootstrap mounts /proc (and may mount more) inside the tree it makes. Nothing is
# deleted before all of it is unmounted, and deletion never crosses into another mount.
mounted() { awk -v under="$WORK/" 'index($2, under) == 1 {print $2}' /proc/mounts | sort -r; }
discard() {
    local point
    for point in $(mounted); do umount "$point" || umount --lazy "$point" || true; done
    if [ -n "$(mounted)" ]; then
        echo "Still mounted, so not deleted: $(mounted)" >&2
        return 1
    fi
    rm -rf --one-file-system "$1"
}
trap 'kill $(jobs -p) 2>/dev/null || true; wait; discard "$WORK"' EXIT
trap 'exit 130' INT TERM
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=${STORAGE_DRIVER:-vfs}

if ! buildah inspect --type image jiangmen/base >/dev/null 2>&1; then
    echo "Base by debootstrap …"
    debootstrap --variant=minbase bookworm "$WORK/base" ${MIRROR:-} >"$WORK/log" &
    wait $! || { tail -20 "$WORK/log"; exit 1; }
    for point in $(mounted); do umount "$point"; done
    rm -rf --one-file-system "$WORK"/base/var/cache/apt/* "$WORK"/base/var/lib/apt/lists/* \
        "$WORK"/base/usr/share/{doc,man,locale,info}/*
    container=$(buildah from scratch)
    buildah add -q "$container" "$WORK/base" / >/dev/null
    buildah config --cmd /bin/bash "$container"
    buildah commit -q --rm "$container" jiangmen/base >/dev/null
    discard "$WORK/base"
fi
# The certificates of this machine hold during the build only.
extra=()
if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
    extra=(--volume /etc/ssl/certs/ca-certificates.crt:/run/ca.crt:ro --build-arg CA=/run/ca.crt)
fi
buildah bud --isolation chroot --network host --layers=false "${extra[@]}" \
    --build-arg BASE=jiangmen/base -f docker/Dockerfile -t "$NAME" .
buildah images "$NAME"
