#!/bin/sh
# Installs everything that Mappe needs into this folder: uv, the locked Python packages, and the built web client.
# Needs Python >= 3.11 and a network; touches nothing outside the folder. Running it again is quick.
#   scripts/setup.sh            what the server needs, and the tools for tests
#   scripts/setup.sh --server   what the server needs, nothing for tests
set -eu
cd "$(dirname "$0")/.."

UV_VERSION=0.13.9

python=
for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "Mappe needs Python 3.11 or newer; set PYTHON to its path." >&2
    exit 1
fi

# uv comes as a wheel: with pip where venv brings it, without where Debian split ensurepip off
if [ ! -x .venv-bootstrap/bin/uv ] || [ "$(.venv-bootstrap/bin/uv --version | cut -d' ' -f2)" != "$UV_VERSION" ]; then
    rm -rf .venv-bootstrap
    if "$python" -c 'import ensurepip' 2>/dev/null; then
        "$python" -m venv .venv-bootstrap
        .venv-bootstrap/bin/python -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION"
    elif "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m pip install --quiet --disable-pip-version-check --target .venv-bootstrap "uv==$UV_VERSION"
    elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
        "$python" -m venv .venv-bootstrap
        .venv-bootstrap/bin/python -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION"
    else
        echo "This Python has neither venv nor pip; install python3-venv." >&2
        exit 1
    fi
fi
uv=.venv-bootstrap/bin/uv

export UV_PYTHON_DOWNLOADS=never
export UV_SYSTEM_CERTS=1 # trust what the machine trusts, like pip and npm do
[ -x .venv/bin/python ] || "$uv" venv --quiet --python "$python" .venv
if [ "${1:-}" = --server ]; then
    "$uv" sync --quiet --locked --no-dev --group web
else
    "$uv" sync --quiet --locked --all-groups
fi

scripts/web.sh
