#!/bin/sh
# All tests: the web client's, then Python's on every core.
set -eu
cd "$(dirname "$0")/.."
if [ -f clients/web/package.json ]; then
    scripts/node.sh npm test --silent
fi
exec .venv/bin/python -m pytest -n auto --dist loadgroup "$@"
