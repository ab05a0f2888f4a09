"""A second opinion on the RTL: slang, which reads it as the SystemVerilog standard says.

    python -m tools.slang DATA_WIDTH

Prints what it finds in rtl/, elaborated as a `storage_system` of that data width; status 1 if that is anything.
"""

import sys
from collections.abc import Sequence

from pyslang.driver import Driver

from mirrorlog.command_line import fail, guarded
from tb.running.options import DATA_WIDTHS
from tools.sources import rtl_headers, rtl_sources

# Everything but what is Verilog's way of writing: integers as indices of vectors, numbers beside parameters, outputs
# that are left open on purpose; and what Verilator says already
WAIVED = ("arith-op-mismatch", "sign-compare", "empty-output-connection", "unused")


def main(arguments: Sequence[str]) -> int:
    """Check the RTL; return 0 if it is clean."""
    widths = [str(width) for width in DATA_WIDTHS]
    if len(arguments) != 1 or arguments[0] not in widths:
        return fail(
            f"{' '.join(arguments) or 'nothing'}: python -m tools.slang takes a data width: {', '.join(widths)}"
        )
    driver = Driver()
    driver.addStandardArgs()
    options = ["--top", "storage_system", f"-GDATA_WIDTH={arguments[0]}", "-I", str(rtl_headers())]
    options += ["-Weverything", "-Werror", *(f"-Wno-{name}" for name in WAIVED)]
    command = " ".join(f'"{word}"' for word in ("slang", *options, *map(str, rtl_sources())))
    if not (driver.parseCommandLine(command) and driver.processOptions() and driver.parseAllSources()):
        return 1
    driver.reportCompilation(driver.createCompilation(), quiet=True)
    return int(not driver.reportDiagnostics(quiet=True))


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
