#!/bin/sh
# Installs and builds the web client. No package's install script runs. Quick when nothing has changed.
set -eu
cd "$(dirname "$0")/.."
web=clients/web
[ -f $web/package-lock.json ] || exit 0

if [ ! -f $web/node_modules/.installed ] || [ $web/package-lock.json -nt $web/node_modules/.installed ]; then
    scripts/node.sh npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    touch $web/node_modules/.installed
fi
if [ -f $web/dist/.built ]; then
    newer=$(find $web mobile_api_spec -path $web/node_modules -prune -o -path $web/dist -prune -o \
        -type f -newer $web/dist/.built -print -quit)
    [ -n "$newer" ] || exit 0
fi
scripts/node.sh npm run --silent build
touch $web/dist/.built
