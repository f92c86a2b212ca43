#!/bin/sh
# Sets up what is missing, then shows the whole loop on the demo project: sh packaging/run.sh [demo's arguments]
set -eu
top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$top/packaging/prepare.sh"
prepare run
exec "$python" -P -m annodesk demo "$@"
