#!/bin/sh
# All tests: the web client's, then Python's on every core.
#
# Many tests start servers, databases and browsers; on a busy machine one may miss its time. What failed beside others is
# therefore run once more, alone and in the open: whatever fails again is broken, and fails this script.
set -eu
cd "$(dirname "$0")/.."
if [ -f clients/web/package.json ]; then
    scripts/node.sh npm test --silent
fi
status=0
.venv/bin/python -m pytest -n auto --dist loadgroup "$@" || status=$?
[ "$status" = 1 ] || exit "$status"
echo "Tests failed beside others. Each is now run once more alone; one that passes now depends on the load: mend it."
exec .venv/bin/python -m pytest --last-failed --last-failed-no-failures none
