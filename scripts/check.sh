#!/bin/sh
# Lint, format, types, layers, and that generated files are what the program generates.
set -eu
cd "$(dirname "$0")/.."
step() {
    echo "check: $1"
    shift
    "$@"
}
step "lint" .venv/bin/ruff check -q .
step "format" .venv/bin/ruff format -q --check .
step "types" .venv/bin/mypy --no-error-summary
step "layers" .venv/bin/lint-imports --no-cache >/dev/null || { .venv/bin/lint-imports --no-cache; exit 1; }
step "specification" .venv/bin/python -m app spec --check
if [ -f clients/web/package.json ]; then
    step "web client" scripts/node.sh npm run --silent check
fi
