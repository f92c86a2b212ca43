#!/bin/sh
# Sets up what is missing, then measures; one JSON line per figure: sh packaging/bench.sh [NAME]...
set -eu
top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$top/packaging/prepare.sh"
prepare test
cd "$top"
exec "$python" -m tests.benchmarks "$@"
