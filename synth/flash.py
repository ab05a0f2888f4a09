"""`make flash`: loads the bitstream of a board into its FPGA, with openFPGALoader.

    python -m synth.flash BOARD=name

Exit status: 0 loaded, 1 openFPGALoader failed, 2 it could not be tried.
"""

import subprocess
import sys
from pathlib import Path

from mirrorlog.command_line import fail, guarded
from synth.bitstream import BOARDS, OUT
from synth.options import OptionError, one_of, read
from tools.sources import ROOT


def main() -> int:
    """Load it."""
    try:
        values = read(sys.argv[1:], {"board": one_of(tuple(BOARDS))})
    except OptionError as error:
        return fail(error)
    if "board" not in values:
        return fail(f"BOARD is missing: one of {', '.join(BOARDS)}")
    name = values["board"]
    bits = OUT / name / f"{name}.bit"
    if not bits.exists():
        return fail(f"{bits.relative_to(ROOT)} is not there: make bitstream BOARD={name} makes it")
    program = Path(sys.executable).with_name("openfpgaloader-cli")
    if not program.exists():
        return fail("openfpgaloader is not installed: make flash sets it up")
    done = subprocess.run([program, "-b", BOARDS[name].loader, bits], check=False)
    return int(done.returncode != 0)


if __name__ == "__main__":
    sys.exit(guarded(main))
