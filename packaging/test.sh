#!/bin/sh
# Sets up what is missing, then checks the code and runs the tests: sh packaging/test.sh [pytest's arguments]
set -eu
top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$top/packaging/prepare.sh"
prepare test
cd "$top"
QT_QPA_PLATFORM=${QT_QPA_PLATFORM:-offscreen}
export QT_QPA_PLATFORM

# All of it takes two processes, a file at a time in each; a part is run as it is asked for. A process that dies ends the
# run and names its test: after a restart pytest-xdist waits for ever for files that were done (its issue 1378).
[ $# -gt 0 ] || set -- -n 2 --dist loadfile --max-worker-restart 0

failed=
"$python" -m ruff check . || failed="$failed ruff"
"$python" -m mypy || failed="$failed mypy"
"$python" -m pytest "$@" || failed="$failed pytest"
[ -z "$failed" ] || stop "Failed:$failed"
