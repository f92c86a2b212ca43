# Sourced by run.sh, test.sh and bench.sh, which set $top: makes .venv, installs the locked packages, what is missing
# of the system, and the llama wheel. Prepared once, it costs a few milliseconds. All it says goes to stderr.
# shellcheck shell=sh disable=SC2154

venv="$top/.venv"
python="$venv/bin/python"
lock="$top/.venv.lock"
unfinished="$venv/annodesk-unfinished"
llm_off="$venv/annodesk-llm-off"
PIP_DISABLE_PIP_VERSION_CHECK=1
PIP_NO_INPUT=1
export PIP_DISABLE_PIP_VERSION_CHECK PIP_NO_INPUT

say() {
    printf 'annodesk: %s\n' "$*" >&2
}

stop() {
    say "$@"
    exit 1
}

# prepare run|test: everything the program, or the program and its tests, need.
prepare() {
    kind=$1
    stamp="$venv/annodesk-$kind.stamp"
    if is_prepared; then
        tell_llm
        return
    fi
    take_lock
    if ! is_prepared; then
        rm -f "$stamp"
        find_python
        install_system
        make_venv
        install_python_packages
        install_llama
        fingerprint >"$stamp.new"
        mv -f "$stamp.new" "$stamp"
    fi
    release_lock
    tell_llm
}

# What the environment was made from. The folder counts, because the environment names it.
fingerprint() {
    {
        printf '%s\n' "$top"
        cat "$venv/pyvenv.cfg" "$top/pyproject.toml" "$top"/packaging/requirements*.lock
    } | cksum
}

is_prepared() {
    [ -f "$stamp" ] && [ -x "$python" ] || return 1
    [ "$(fingerprint)" = "$(cat "$stamp")" ] || return 1
    # Worth another try once somebody has installed the compiler.
    if [ -f "$llm_off" ] && [ ! -s "$llm_off" ] && has_build_tools; then
        return 1
    fi
}

take_lock() {
    if command -v flock >/dev/null 2>&1; then
        # Held by the open file, so that it ends with this process, however it ends.
        exec 9>"$lock"
        if ! flock -n 9; then
            say "Another set-up is running in this folder; waiting for it to end."
            flock 9
        fi
        return
    fi
    until mkdir "$lock.d" 2>/dev/null; do
        holder=$(cat "$lock.d/pid" 2>/dev/null || true)
        if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then
            rm -rf "$lock.d"
        else
            [ -n "${waiting-}" ] || say "Another set-up is running in this folder; waiting for it to end."
            waiting=yes
            sleep 1
        fi
    done
    printf '%s\n' "$$" >"$lock.d/pid"
    trap 'rm -rf "$lock.d"' EXIT
}

release_lock() {
    if [ -d "$lock.d" ]; then
        rm -rf "$lock.d"
        trap - EXIT
    else
        exec 9>&-
    fi
}

# slowly WORDS COMMAND...: runs the command with its output kept in a log, and says every 10 s that it goes on.
# Its exit status is the command's; the log's end is shown when that is not 0.
slowly() {
    words=$1
    shift
    log=$(mktemp "${TMPDIR:-/tmp}/annodesk-setup.XXXXXX")
    say "$words ..."
    beat "$$" "$log" 9>&- &
    beating=$!
    if "$@" >"$log" 2>&1 </dev/null; then
        result=0
    else
        result=$?
    fi
    kill "$beating" 2>/dev/null || true
    wait "$beating" 2>/dev/null || true
    if [ "$result" -ne 0 ]; then
        grep -v '^WARNING: Location' "$log" | tail -n 15 | sed 's/^/    /' >&2 || true
    fi
    rm -f "$log"
    return "$result"
}

beat() {
    seconds=0
    while sleep 10 >/dev/null 2>&1 && kill -0 "$1" 2>/dev/null; do
        seconds=$((seconds + 10))
        last=$(grep -v '^WARNING' "$2" 2>/dev/null | tail -n 1 | tr -cd '[:print:]' | cut -c 1-80 || true)
        say "  $seconds s  $last"
    done
}

find_python() {
    base_python=
    for candidate in ${ANNODESK_PYTHON:+"$ANNODESK_PYTHON"} python3.13 python3.12 python3.11 python3; do
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue
        if "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then
            base_python=$candidate
            return
        fi
        base_python=${base_python:-$candidate}
    done
    [ -n "$base_python" ] || stop "Python 3.11 or newer is missing. Install it (on Debian 12 or Ubuntu 24.04:" \
        "apt-get install python3), then run this again."
}

has_build_tools() {
    command -v cmake >/dev/null 2>&1 && command -v make >/dev/null 2>&1 && command -v g++ >/dev/null 2>&1
}

# Collects what is missing: `required` stops the set-up when it cannot be installed, `wanted` does not.
find_missing() {
    required=
    wanted=
    if ! "$base_python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        required="$required $("$base_python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    fi
    libraries=" $( (ldconfig -p || /sbin/ldconfig -p) 2>/dev/null | sed -n 's/^[[:space:]]*\([^ ]*\) (.*/\1/p' | tr '\n' ' ')"
    # Qt's core, widgets and sound, on any platform; found by ldd.
    need libglib-2.0.so.0 libglib2.0-0
    need libGL.so.1 libgl1
    need libEGL.so.1 libegl1
    need libxkbcommon.so.0 libxkbcommon0
    need libfontconfig.so.1 libfontconfig1
    need libdbus-1.so.3 libdbus-1-3
    need libX11.so.6 libx11-6
    need libpulse.so.0 libpulse0
    need libXrandr.so.2 libxrandr2
    # A window on X11.
    if [ -n "${DISPLAY-}${WAYLAND_DISPLAY-}" ]; then level=required; else level=wanted; fi
    need libxcb-cursor.so.0 libxcb-cursor0 "$level"
    need libxcb-icccm.so.4 libxcb-icccm4 "$level"
    need libxcb-keysyms.so.1 libxcb-keysyms1 "$level"
    need libxcb-shape.so.0 libxcb-shape0 "$level"
    need libxkbcommon-x11.so.0 libxkbcommon-x11-0 "$level"
    # The engine of the pre-labels: built here once, with these, unless a wheel is kept.
    need libgomp.so.1 libgomp1 wanted
    if ! sh "$top/packaging/llama_wheel.sh" --kept >/dev/null; then
        command -v g++ >/dev/null 2>&1 || wanted="$wanted g++"
        command -v make >/dev/null 2>&1 || wanted="$wanted make"
        command -v cmake >/dev/null 2>&1 || wanted="$wanted cmake"
    fi
    if [ "$kind" = test ]; then
        command -v strace >/dev/null 2>&1 || wanted="$wanted strace"
        # A sound server of the tests' own, and what records from it; a desktop's own sound server is left alone.
        if ! command -v pipewire >/dev/null 2>&1; then
            command -v pulseaudio >/dev/null 2>&1 || wanted="$wanted pulseaudio"
            command -v parec >/dev/null 2>&1 || wanted="$wanted pulseaudio-utils"
        fi
    fi
}

# need SONAME DEBIAN-PACKAGE [required|wanted]
need() {
    case $libraries in
        *" $1 "*) return ;;
    esac
    if [ "${3-required}" = required ]; then required="$required $2"; else wanted="$wanted $2"; fi
}

install_system() {
    find_missing
    missing=$(printf '%s %s' "$required" "$wanted" | tr -s ' ' | sed 's/^ //; s/ $//')
    [ -n "$missing" ] || return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        say "This system seems to lack these (names of Debian's packages): $missing"
        say "Install what your system calls them if annodesk does not start; without g++, make and cmake it has no pre-labels."
        return 0
    fi
    if [ "$(id -u)" -eq 0 ]; then
        as_root="env"
    elif command -v sudo >/dev/null 2>&1 && sudo -n true >/dev/null 2>&1; then
        as_root='sudo -n env'
    else
        say "These system packages are missing. Install them with:"
        say "    sudo apt-get install -y --no-install-recommends $missing"
        [ -z "$required" ] || stop "Then run this again."
        return 0
    fi
    # shellcheck disable=SC2086
    slowly "Reading the system's package lists" $as_root apt-get update || true
    apt_install "$missing" && return
    [ -z "$required" ] || apt_install "$required" ||
        stop "The system packages could not be installed (see above). Run this again when apt-get works."
    say "Going on without: $wanted"
}

apt_install() {
    # Lists of words, meant to be split.
    # shellcheck disable=SC2086
    slowly "Installing system packages: $1" \
        $as_root DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $1
}

make_venv() {
    # A set-up that was killed may have left half a package, which pip would take for a whole one.
    if [ -e "$venv" ] && { [ -e "$unfinished" ] ||
        ! "$python" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }; then
        say "The environment .venv is not whole; making it anew."
        rm -rf "$venv"
    fi
    if [ ! -e "$venv" ]; then
        slowly "Making the environment .venv with $("$base_python" --version)" "$base_python" -m venv "$venv" ||
            stop "The environment could not be made (see above)."
    fi
}

install_python_packages() {
    : >"$unfinished"
    set -- -r "$top/packaging/requirements.lock" -r "$top/packaging/requirements-build.lock"
    if [ "$kind" = test ]; then
        set -- "$@" -r "$top/packaging/requirements-test.lock"
    fi
    slowly "Installing Python packages (about 600 MB to download the first time)" \
        "$python" -m pip install --no-deps --only-binary :all: "$@" ||
        stop "The Python packages could not be installed (see above). Check the network, then run this again."
    slowly "Installing annodesk itself" \
        "$python" -m pip install --no-deps --no-build-isolation -e "$top" ||
        stop "annodesk could not be installed (see above)."
    unpack_binding
    rm -f "$unfinished"
}

# PySide6 carries some of its own Python packed, and compiles it at each start; unpacked, it is compiled once. This is
# its own switch for it. Packed it works as well.
unpack_binding() {
    env -u PYTHONDONTWRITEBYTECODE SBK_EMBED=0 "$python" -c 'import shiboken6' >/dev/null 2>&1 || true
}

# Without the engine there are no pre-labels, and everything else works. An empty marker: no compiler was there.
install_llama() {
    rm -f "$llm_off"
    if ! wheel=$(sh "$top/packaging/llama_wheel.sh" --kept); then
        if ! has_build_tools; then
            : >"$llm_off"
            return
        fi
        if ! slowly "Building the llama.cpp engine, once (2 to 10 minutes)" \
            sh "$top/packaging/llama_wheel.sh" "$python" || ! wheel=$(sh "$top/packaging/llama_wheel.sh" --kept); then
            echo "the build failed" >"$llm_off"
            return
        fi
    fi
    : >"$unfinished"
    slowly "Installing the llama.cpp engine" put_llama "$wheel" ||
        stop "The llama.cpp engine could not be installed (see above). Run this again."
    rm -f "$unfinished"
}

put_llama() {
    # Its own dependencies, one word each.
    # shellcheck disable=SC2046
    "$python" -m pip install --no-deps \
        $(sed -n '/^[a-z]/{/^llama/d;p;}' "$top/packaging/requirements-llm.lock") || return
    # Forced, because a wheel built with other flags has the same version.
    "$python" -m pip install --no-deps --force-reinstall "$1"
}

tell_llm() {
    if [ -s "$llm_off" ]; then
        say "Pre-labels are off, because the llama.cpp engine could not be built here; remove $llm_off to try again."
    elif [ -f "$llm_off" ]; then
        say "Pre-labels are off, because g++, make and cmake are missing; install them and run this again."
    fi
}
