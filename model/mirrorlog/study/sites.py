"""`mirrorlog study sites`: what each topology loses in each disaster, and what it costs meanwhile."""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from math import floor, log10
from pathlib import Path

from mirrorlog.command_line import Progress
from mirrorlog.simulate.command import scenario
from mirrorlog.simulate.scenario import Scenario, TopologyKind
from mirrorlog.simulate.settings import Site
from mirrorlog.simulate.summary import run

DEFAULTS = {"gbps": 1.0, "writes": 2000, "rate": 10_000.0}
DISASTERS = ((Site.FIRST,), (Site.ORIGINAL,), (Site.FIRST, Site.ORIGINAL))

Row = dict[str, float]


def rows(arguments: argparse.Namespace, progress: Progress) -> Iterator[Row]:
    """Run each topology through each disaster that it can have, in the middle of the load. Raises SettingsError."""
    base = scenario(arguments)
    for topology in TopologyKind:
        for lost in DISASTERS:
            if topology is not TopologyKind.TWO or lost == (Site.ORIGINAL,):
                yield _row(base, topology, lost, progress)


def table(found: list[Row]) -> list[str]:
    """Return the lines of the table."""
    lines = [f"{'':<14} {'':<16} {'acknowledged':>13} {'hosts wait':>11} {'host latency':>13} {'MiB in':>8}"]
    lines.append(f"{'topology':<14} {'lost':<16} {'and lost':>13} {'ms at most':>11} {'p50, us':>13} {'volumes':>8}")
    for row in found:
        numbers = f"{row['lost_writes']:>13.0f} {row['hosts_wait_ms']:>11.1f} {row['host_latency_p50_us']:>13.1f}"
        stored = f"{row['volume_bytes'] / (1 << 20):>8.1f}"
        lines.append(f"{_topology(row):<14} {_lost(row):<16} {numbers} {stored}")
    return lines


def plot(file: Path, found: list[Row]) -> None:
    """Plot what is lost, and how long hosts wait."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(14, 4), layout="constrained")
    lost, latency, waits = figure.subplots(1, 3, sharey=True)
    # from a write's usual time to the wait until a first system goes on alone
    waits.set_xscale("log")
    names = [f"{_topology(row)}: {_lost(row)}" for row in found][::-1]
    for axes, key, title in (
        (lost, "lost_writes", "acknowledged writes lost"),
        (latency, "host_latency_p50_us", "a host's write, median, us"),
        (waits, "hosts_wait_ms", "longest wait of a host, ms"),
    ):
        bars = axes.barh(names, [row[key] for row in found][::-1])
        axes.bar_label(bars, fmt=_label, padding=3)
        axes.margins(x=0.2)
        axes.set_title(title)
    waits.xaxis.set_major_formatter(lambda value, _: _label(value))
    figure.savefig(file, dpi=110)


def _label(value: float) -> str:
    """Return a number for people: three digits that count, no powers of ten."""
    digits = 0 if value >= 100 or value == 0 else 2 - floor(log10(abs(value)))
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits else text


def _row(base: Scenario, topology: TopologyKind, lost: tuple[Site, ...], progress: Progress) -> Row:
    simulation = replace(base.simulation, fails=frozenset(lost), fail_after=base.load.writes // 2)
    run_of, summary = run(replace(base, topology=topology, simulation=simulation), progress.within(topology.value))
    volumes = [
        volume
        for system in run_of.topology.systems.values()
        for volume in system.shared.volumes
        if volume.pair != 0xFFFF and volume.has_storage()
    ]
    return {
        "systems": len(run_of.topology.systems),
        "original_has_storage": topology is not TopologyKind.THREE_VIRTUAL,
        "first_lost": Site.FIRST in lost,
        "original_lost": Site.ORIGINAL in lost,
        "acknowledged": summary.acknowledged,
        "lost_writes": summary.lost_writes,
        "hosts_wait_ms": summary.host_latency_max_us / 1000,
        "host_latency_p50_us": summary.host_latency_p50_us,
        "volume_bytes": sum(volume.capacity for volume in volumes),
    }


def _topology(row: Row) -> str:
    kind = TopologyKind.THREE if row["original_has_storage"] else TopologyKind.THREE_VIRTUAL
    return TopologyKind.TWO.value if row["systems"] == 2 else kind.value


def _lost(row: Row) -> str:
    return " and ".join(site.value for site in Site if row[f"{site.value}_lost"])
