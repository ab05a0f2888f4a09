"""How far a simulation is: it writes PREFIX.progress, and the process that waits for it shows that."""

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
