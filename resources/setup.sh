#!/bin/sh
# Sets up what a clone of Likeness needs and says what it does; a second call does nothing and says nothing.
#   sh resources/setup.sh run    what the application needs
#   sh resources/setup.sh test   that, and what the tests need (development packages, Xvfb)
set -eu
cd "$(dirname "$0")/.."
want=${1:-test}
say() { printf 'likeness: %s\n' "$1"; }

# --- Qt's system libraries (Debian names), and a virtual screen for the journeys -------------------------------------
system="libegl1 libgl1 libopengl0 libglib2.0-0 libfontconfig1 libfreetype6 libdbus-1-3 libxkbcommon0 libxkbcommon-x11-0
 libx11-xcb1 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0
 libxcb-render0 libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-xfixes0 libxcb-xinerama0 libxcb-xkb1"
[ "$want" = run ] || system="$system xvfb xauth"
if command -v dpkg-query >/dev/null 2>&1; then
    missing=""
    for package in $system; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" "${package}t64" 2>/dev/null | grep -qx installed || missing="$missing $package"
    done
    if [ -n "$missing" ]; then
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
            say "installing system libraries:$missing"
            { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >/dev/null ||
                say "they could not all be installed; the window may not start. By hand: apt-get install$missing"
        else
            say "system libraries are missing; install them with: sudo apt-get install$missing"
        fi
    fi
fi

# --- Python ----------------------------------------------------------------------------------------------------------
if [ ! -x .venv/bin/python ]; then
    for python in ${PYTHON:-python3.11 python3.12 python3.13 python3.14 python3}; do
        "$python" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && break
        python=""
    done
    if [ -z "$python" ]; then
        say "no Python 3.11 to 3.14 with venv was found; install one with: sudo apt-get install python3 python3-venv"
        exit 1
    fi
    say "making a virtual environment in .venv with $($python --version)"
    "$python" -m venv .venv
fi
stamp=".venv/$want-$(cksum <pyproject.toml | cut -d' ' -f1).ready"
if [ ! -e "$stamp" ]; then
    say "installing Python packages for '$want' into .venv (a few minutes the first time)"
    .venv/bin/python - "$want" >.venv/requirements.txt <<'PYTHON'
import sys, tomllib
project = tomllib.load(open("pyproject.toml", "rb"))["project"]
extras = [] if sys.argv[1] == "run" else project["optional-dependencies"]["dev"]
print("\n".join(project["dependencies"] + extras))
PYTHON
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input -r .venv/requirements.txt
    touch "$stamp"
    [ "$want" = run ] || touch ".venv/run-$(cksum <pyproject.toml | cut -d' ' -f1).ready"
    say "ready"
fi
