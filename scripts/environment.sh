# Sourced by ./up and ./check, in the project's root. environment LOCK: .venv as that lock file says, made anew only
# when a lock has changed. requirements-dev.lock holds all of requirements.lock in the same versions.
is_root() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

fetch() { # with apt, quietly; an index that was never loaded is loaded first
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 ||
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }
}

find_python() {
    for python in python3.11 python3.12 python3.13 python3.14 python3; do
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$python" && return
    done
    echo "Python 3.11 or newer is missing: apt-get install -y python3" >&2
    return 1
}

make_venv() {
    python=$(find_python) || return 1
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        if ! is_root || ! fetch python3-venv; then
            echo "python3-venv is missing: apt-get install -y python3-venv" >&2
            return 1
        fi
    fi
    rm -rf .venv && "$python" -m venv .venv || return 1
    printf '%s\n' "$PWD/src" >"$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/careline.pth"
    printf '#!/bin/sh\nCARELINE_STATE="${CARELINE_STATE:-%s}" exec "%s" -m careline.cli "$@"\n' \
        "$PWD/.state" "$PWD/.venv/bin/python" >.venv/bin/careline
    printf '#!%s\nfrom careline_sandbox.cli import main\n\nmain()\n' "$PWD/.venv/bin/python" >.venv/bin/careline-sandbox
    chmod +x .venv/bin/careline .venv/bin/careline-sandbox
}

environment() {
    runtime="$PWD $(cksum requirements.lock)" wanted="$PWD $(cksum "$1")"
    grep -qxF "$wanted" .venv/made-from 2>/dev/null && grep -qxF "$runtime" .venv/made-from && return
    echo "Making the environment (.venv) from $1."
    grep -qxF "$runtime" .venv/made-from 2>/dev/null || make_venv || return 1
    .venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes --only-binary :all: -r "$1" || return 1
    printf '%s\n%s\n' "$runtime" "$wanted" >.venv/made-from
}
