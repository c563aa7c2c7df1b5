#!/bin/sh
# All tests: the web client's, then Python's on every core: first all but the browser's, then those. Playwright keeps an
# event loop running in its thread as long as a browser is open, so no test that runs a loop of its own may share it.
#
#   scripts/test.sh [arguments for pytest]    with a path among them: that path alone, in one run
#
# Many tests start servers, databases and browsers; on a busy machine one may miss its time. What failed beside others is
# therefore run once more, alone and in the open: whatever fails again is broken, and fails this script.
set -eu
cd "$(dirname "$0")/.."
if [ -f clients/web/package.json ]; then
    scripts/node.sh npm test --silent
fi
run() {
    status=0
    .venv/bin/python -m pytest -n auto --dist loadgroup "$@" || status=$?
    [ "$status" != 0 ] || return 0
    [ "$status" = 1 ] || exit "$status"
    echo "Tests failed beside others. Each is now run once more alone; one that passes now depends on the load: mend it."
    .venv/bin/python -m pytest --last-failed --last-failed-no-failures none "$@"
}
for argument in "$@"; do
    if [ -e "$argument" ]; then
        run "$@"
        exit
    fi
done
run tests --ignore=tests/browser "$@"
run tests/browser "$@"
