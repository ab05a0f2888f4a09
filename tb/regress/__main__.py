"""`make regress`: random runs of many seeds, and a report.

    python -m tb.regress [NAME=VALUE]...

The names are those of tb/regress/options.py. Exit status: 0 all seeds passed, 1 some did not, 2 it could not be tried;
after Ctrl-C there is a report of what was done by then.
"""

import sys
from typing import TYPE_CHECKING

from mirrorlog.command_line import fail, guarded

if TYPE_CHECKING:
    from tb.regress.regression import Command


def run(arguments: list[str], command: "Command | None" = None) -> int:
    """Run a regression, with another command for each seed perhaps; return the exit status."""
    # takes a while, in which Ctrl-C is one line, too
    from tb.code_coverage.points import CodeCoverageError
    from tb.config.files import FolderInUse
    from tb.regress.cluster import ClusterError
    from tb.regress.options import parse
    from tb.regress.regression import regress
    from tb.regress.results import DamagedReport
    from tb.regress.worker import seed_command
    from tb.running.options import OptionError
    from tb.running.processes import SimulationError

    try:
        return regress(parse(arguments), command or seed_command)
    except (OptionError, DamagedReport, ClusterError, FolderInUse, CodeCoverageError) as error:
        return fail(error)
    except SimulationError as error:
        return fail(str(error).split("\n")[0])


if __name__ == "__main__":
    sys.exit(guarded(lambda: run(sys.argv[1:])))
