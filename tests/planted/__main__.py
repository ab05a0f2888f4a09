"""Plants a bug into a copy of the RTL, for whatever takes a folder of sources.

python -m tests.planted BUG FOLDER

BUG is an id, or a part of one that no other has. Prints the copy's folder. Exit status: 0 it is planted, 2 it could not
be.
"""

import sys

from mirrorlog.command_line import Parser, fail, guarded, output_folder
from tests.planted.listed import listed
from tests.planted.plant import plant_rtl


def main(arguments: list[str]) -> int:
    """Plant it; returns the exit status."""
    parser = Parser(prog="python -m tests.planted", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("bug", metavar="BUG", help="its id, or a part of it")
    parser.add_argument("folder", metavar="FOLDER", type=output_folder, help="where the copy is made")
    try:
        options = parser.parse_args(arguments)
    except SystemExit as end:  # --help, or a mistake
        return int(end.code or 0)
    rtl = [bug for bug in listed() if bug.file.startswith("rtl/")]
    chosen = [bug for bug in rtl if bug.id == options.bug] or [bug for bug in rtl if options.bug in bug.id]
    if len(chosen) != 1:
        names = ", ".join(bug.id for bug in chosen[:3]) or "none has it in its id"
        return fail(f"BUG={options.bug}: is no planted bug of the Verilog ({names})")
    print(plant_rtl(chosen[0], options.folder.resolve()))
    return 0


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
