#!/bin/sh
# Builds the llama-cpp-python wheel once and keeps it: trimmed (no server, no image models) and portable (no
# instructions of this machine's own). Prints the wheel's path on stdout, everything else on stderr.
#
#   sh packaging/llama_wheel.sh --kept        only looks; exit 1 when no wheel is kept
#   sh packaging/llama_wheel.sh PYTHON        PYTHON has the packages of requirements-build.lock
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
build=yes
if [ "${1-}" = --kept ]; then
    build=no
    shift
fi
python=${1-}

requirement=$(sed -n 's/^\(llama[-_]cpp[-_]python==[^ ;]*\).*/\1/p' "$here/requirements-llm.lock")
flags="-DLLAVA_BUILD=OFF -DGGML_NATIVE=OFF"
key=$(cat "$here/llama_no_common.cmake" - <<KEY | cksum | cut -d ' ' -f 1
$flags
KEY
)
libc=$(getconf GNU_LIBC_VERSION 2>/dev/null | tr ' ' '-' || true)
kept="${XDG_CACHE_HOME:-$HOME/.cache}/annodesk/wheels/${requirement#*==}-$key-$(uname -m)-${libc:-$(uname -s)}"

find_kept() {
    for wheel in "$kept"/llama_cpp_python-*.whl; do
        if [ -f "$wheel" ]; then
            printf '%s\n' "$wheel"
            return 0
        fi
    done
    return 1
}

if find_kept; then
    exit 0
fi
if [ "$build" = no ]; then
    exit 1
fi

mkdir -p "$kept"
work=$(mktemp -d "$kept/building.XXXXXX")
# CMAKE_ARGS is split at spaces, and the checkout may lie in a path with some.
include=$(mktemp -d /tmp/annodesk-cmake.XXXXXX)
trap 'rm -rf "$work" "$include"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
cp "$here/llama_no_common.cmake" "$include/"
CMAKE_ARGS="$flags -DCMAKE_PROJECT_llama.cpp_INCLUDE=$include/llama_no_common.cmake"
export CMAKE_ARGS

# pip's own cache knows nothing of CMAKE_ARGS and would hand out a wheel built with other flags.
"$python" -m pip wheel --no-cache-dir --no-deps --no-build-isolation -w "$work" "$requirement" >&2
mv -f "$work"/llama_cpp_python-*.whl "$kept/"
find_kept
