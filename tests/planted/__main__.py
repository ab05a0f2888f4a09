"""Plants a bug into a copy of the RTL, for whatever takes a folder of sources.

python -m tests.planted BUG FOLDER

BUG is an id, or a part of one that no other has. The copy is made in FOLDER/ID, and left alone if it is there, so that
several runs may have it. Prints the copy's folder. Exit status: 0 it is planted, 2 it could not be.
"""

import re
import sys

from mirrorlog.command_line import Parser, fail, guarded, output_folder
from tb.config.files import FolderInUse, locked
from tests.planted.listed import listed
from tests.planted.plant import is_planted, plant_rtl


def main(arguments: list[str]) -> int:
    """Plant it; returns the exit status."""
    parser = Parser(prog="python -m tests.planted", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("bug", metavar="BUG", help="its id, or a part of it")
    parser.add_argument("folder", metavar="FOLDER", type=output_folder, help="of all copies")
    try:
        options = parser.parse_args(arguments)
    except SystemExit as end:  # --help, or a mistake
        return int(end.code or 0)
    rtl = [bug for bug in listed() if bug.file.startswith("rtl/")]
    chosen = [bug for bug in rtl if bug.id == options.bug] or [bug for bug in rtl if options.bug in bug.id]
    if len(chosen) != 1:
        names = ", ".join(bug.id for bug in chosen[:3]) or "none has it in its id"
        return fail(f"BUG={options.bug}: is no planted bug of the Verilog ({names})")
    folder = options.folder.resolve() / re.sub(r"[^\w.-]", "-", chosen[0].id)
    copy = folder / "rtl"
    try:
        with locked(folder, "try again"):
            print(copy if is_planted(chosen[0], copy) else plant_rtl(chosen[0], folder))
    except FolderInUse as error:
        return fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
