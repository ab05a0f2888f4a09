"""`mirrorlog study paths`: what several connection paths at once transfer."""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mirrorlog.command_line import Progress
from mirrorlog.simulate.command import scenario
from mirrorlog.simulate.summary import run

PATHS = (1, 2, 3, 4, 6, 8)
COMMANDS_A_PATH = 4
DEFAULTS = {"gbps": 0.1, "writes": 2000, "rate": 20_000.0}

Row = dict[str, float]


def rows(arguments: argparse.Namespace, progress: Progress) -> Iterator[Row]:
    """Run with each number of paths, and so many commands in flight that each is busy. Raises SettingsError."""
    base = scenario(arguments)
    base.group.check_paths(max(PATHS))
    for paths in PATHS:
        group = replace(base.group, commands=max(base.group.commands, COMMANDS_A_PATH * paths))
        _, summary = run(
            replace(base, group=group, simulation=replace(base.simulation, paths=paths)),
            progress.within(f"{paths} paths"),
        )
        yield {
            "paths": paths,
            "rpo_p50_ms": summary.rpo_p50_ms,
            "rpo_max_ms": summary.rpo_max_ms,
            "path_utilization": summary.path_utilization,
            "seconds": summary.seconds,
        }


def table(found: list[Row]) -> list[str]:
    """Return the lines of the table."""
    lines = [f"{'':>6}   {'secondary behind, ms':^23}", f"{'paths':>6}   {'median':>11} {'longest':>11}"]
    lines[0] += f" {'utilization':>12} {'seconds until all':>18}"
    lines[1] += f" {'of all paths':>12} {'is restored':>18}"
    for row in found:
        behind = f"{row['rpo_p50_ms']:>11.2f} {row['rpo_max_ms']:>11.2f}"
        lines.append(f"{row['paths']:>6}   {behind} {row['path_utilization']:>12.0%} {row['seconds']:>18.3f}")
    return lines


def plot(file: Path, found: list[Row]) -> None:
    """Plot lag and utilization against the number of paths."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4), layout="constrained")
    behind, used = figure.subplots(1, 2)
    paths = [row["paths"] for row in found]
    behind.plot(paths, [row["rpo_max_ms"] for row in found], marker="o", label="longest")
    behind.plot(paths, [row["rpo_p50_ms"] for row in found], marker="o", label="median")
    behind.set_title("secondary behind, ms")
    behind.legend()
    used.plot(paths, [100 * row["path_utilization"] for row in found], marker="o")
    used.set_title("utilization of all paths, %")
    for axes in (behind, used):
        axes.set_xlabel("connection paths")
        axes.set_ylim(bottom=0)
    figure.savefig(file, dpi=110)
