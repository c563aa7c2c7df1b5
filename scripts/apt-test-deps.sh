#!/bin/sh
# Installs the Debian packages that only the tests need: PostgreSQL, an S3 server, a browser, an independent verifier
# of the log. Asks for nothing that is there already; without root and without sudo it names what is missing.
#   scripts/apt-test-deps.sh           what the tests need
#   scripts/apt-test-deps.sh --bench   what the measurements need
set -eu

missing=
need() { # package, then a path or command that shows that it is there
    package=$1
    shift
    for sign in "$@"; do
        case $sign in
        /*) [ -e "$sign" ] && return ;;
        *) command -v "$sign" >/dev/null 2>&1 && return ;;
        esac
    done
    missing="$missing $package"
}

bench=
[ "${1:-}" != --bench ] || bench=yes
postgres=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1 || true)
need postgresql "${postgres:-/none}/initdb"
if [ -n "$bench" ]; then
    need postgresql "${postgres:-/none}/pgbench"
    need wrk wrk
    need util-linux taskset
    need zbar-tools zbarimg
else
    need chromium chromium
    need firefox-esr firefox-esr
    need webkit2gtk-driver WebKitWebDriver
    need xvfb Xvfb
    need radosgw radosgw
    need ceph-mon ceph-mon
    need ceph-mgr ceph-mgr
    need ceph-osd ceph-osd
    need golang-go go
    need golang-golang-x-crypto-dev /usr/share/gocode/src/golang.org/x/crypto/argon2
    need golang-golang-x-mod-dev /usr/share/gocode/src/golang.org/x/mod/sumdb/note
    need ghostscript gs
    need libimage-exiftool-perl exiftool
    need fonts-dejavu-core /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
    need fonts-noto-core /usr/share/fonts/truetype/noto/NotoSansEthiopic-Regular.ttf
fi
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=sudo
else
    echo "Tests and measurements need these Debian packages:$missing" >&2
    exit 1
fi
echo "Installing Debian packages:$missing"
export DEBIAN_FRONTEND=noninteractive
# no cluster of its own: the tests start theirs
$as_root mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' | $as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
