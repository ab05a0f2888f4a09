#!/bin/sh
# Simulates the design and compares it with the model.
#
# usage: run.sh FOLDER [IVERILOG-OPTION...]     -DPLANTED_BUG: with the bug; exit status: that of mirrorlog compare
set -eu
[ $# -gt 0 ] || { echo "error: usage: run.sh FOLDER [IVERILOG-OPTION...]" >&2; exit 2; }
folder=$1
shift
here=$(dirname "$0")
mkdir -p "$folder"
iverilog -g2005 -Wall -o "$folder/box.vvp" "$@" \
    "$here/testbench.v" "$here/binding.v" "$here/journal_box.v" "$here/../../tb/hdl/capture.v" "$here/../../tb/hdl/capture_port.v"
vvp -n "$folder/box.vvp" "+files=$folder/box" >"$folder/box.log"
exec mirrorlog compare "$folder/box.jsonl"
