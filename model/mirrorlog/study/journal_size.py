"""`mirrorlog study journal-size`: how large a journal must be for bursts of a given length."""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mirrorlog.command_line import Progress
from mirrorlog.simulate.command import scenario
from mirrorlog.simulate.scenario import SyntheticLoad
from mirrorlog.simulate.summary import run
from mirrorlog.tables.settings import SettingsError

SIZES = tuple(131_072 << step for step in range(8))
BURSTS = (100, 500, 1000, 2000)
DEFAULTS = {"gbps": 0.2, "writes": 2000, "rate": 2000.0}

Row = dict[str, float]


def rows(arguments: argparse.Namespace, progress: Progress) -> Iterator[Row]:
    """Run each journal size with each length of burst, the settings else as given. Raises SettingsError."""
    base = scenario(arguments)
    if not isinstance(base.load, SyntheticLoad):
        raise SettingsError("study journal-size contradicts trace: bursts are a synthetic load's")
    for size in SIZES:
        for burst in BURSTS:
            load = replace(base.load, burst=min(burst, base.load.writes))
            _, summary = run(
                replace(base, load=load, journal_bytes=size), progress.within(f"{size >> 10} KiB, {burst} at once")
            )
            yield {
                "journal_bytes": size,
                "burst": burst,
                "occupancy": summary.journal_occupancy_max,
                "stalls": summary.stalls,
                "host_latency_p99_us": summary.host_latency_p99_us,
            }


def table(found: list[Row]) -> list[str]:
    """Return the lines of the table: for each size, occupancy and stalls with each burst."""
    lines = [f"{'journal':>9}   " + "".join(f"{f'{burst} writes at once':^24}" for burst in BURSTS)]
    lines.append(f"{'KiB':>9}   " + f"{'occupancy':>12}{'stalls':>8}    " * len(BURSTS))
    for size in dict.fromkeys(int(row["journal_bytes"]) for row in found):
        cells = [row for row in found if row["journal_bytes"] == size]
        columns = "".join(f"{row['occupancy']:>11.0%} {row['stalls']:>8.0f}    " for row in cells)
        lines.append(f"{size // 1024:>9}   {columns}".rstrip())
    return lines


def plot(file: Path, found: list[Row]) -> None:
    """Plot occupancy and stalls against the journal's size."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4), layout="constrained")
    occupancy, stalls = figure.subplots(1, 2)
    for burst in BURSTS:
        chosen = [row for row in found if row["burst"] == burst]
        sizes = [row["journal_bytes"] / 1024 for row in chosen]
        label = f"{burst} writes at once"
        occupancy.plot(sizes, [100 * row["occupancy"] for row in chosen], marker="o", label=label)
        stalls.plot(sizes, [row["stalls"] for row in chosen], marker="o", label=label)
    for axes, title in ((occupancy, "journal occupancy at most, %"), (stalls, "host writes that waited for room")):
        axes.set_title(title)
        axes.set_xlabel("journal volume, KiB")
        axes.set_xscale("log", base=2)
        axes.legend()
    figure.savefig(file, dpi=110)
