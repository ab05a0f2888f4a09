"""How far a simulation is, and what it says: it writes PREFIX.progress and PREFIX.said, and the process that waits for
it shows that."""

import sys
from pathlib import Path

from mirrorlog.command_line import Progress
from tb.config.files import beside


def write_progress(prefix: Path, phase: str, done: int = 0, total: int = 0) -> None:
    """Say how many of how many are done in a phase, one word: commands, copying, draining, comparing."""
    beside(prefix, "progress").write_text(f"{phase} {done} {total}")


def show_progress(prefix: Path, progress: Progress) -> None:
    """Show what the simulation wrote last; one that wrote nothing yet is being built."""
    file = beside(prefix, "progress")
    words = file.read_text().split() if file.exists() else ["building", "0", "0"]
    if len(words) == 3:  # else it is being written
        progress(words[0], int(words[1]), int(words[2]))


class Said:
    """Hands on to standard error what a simulation says in PREFIX.said, each line as it comes."""

    def __init__(self, prefix: Path) -> None:
        self.file = beside(prefix, "said")
        self.file.unlink(missing_ok=True)  # an earlier run's
        self._handed_on = 0

    def hand_on(self) -> None:
        """Hand on the lines that have come since."""
        if not self.file.exists():
            return
        with self.file.open("rb") as file:
            file.seek(self._handed_on)
            lines, end, _ = file.read().rpartition(b"\n")
        self._handed_on += len(lines + end)
        sys.stderr.write((lines + end).decode(errors="replace"))
        sys.stderr.flush()
