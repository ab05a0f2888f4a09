"""The figures of a run of two systems, for summary.json. Times in cycles."""

from collections.abc import Iterator, Sequence
from typing import Any

from mirrorlog.formats.commit_record import Process
from mirrorlog.formats.outcomes import InitialCopyOutcome, ReadWriteOutcome, RestoreOutcome
from tb.report.run_trace import RunTrace, SystemTrace


def figures(trace: RunTrace, original: int, secondary: int, path_beats_per_cycle: float = 1.0) -> dict[str, Any]:
    """Return the figures of one original and its secondary system."""
    here, there = trace.systems[original], trace.systems[secondary]
    latencies = sorted(here.write_latencies())
    return {
        "journals_sent": sum(record.size for record, _ in here.sent()),
        "retries": sum(again for _, again in here.sent()),
        "restored_update_number": max(
            (r.reference for r in there.of(Process.RESTORE, RestoreOutcome.FREED)), default=0
        ),
        "initial_copy_bytes": sum(
            r.size
            for r in here.of(Process.INITIAL_COPY, InitialCopyOutcome.UNIT_CREATED, InitialCopyOutcome.VOLUME_COPIED)
        ),
        "path_utilization": round(path_utilization(trace, here, path_beats_per_cycle), 4),
        "host_latency_p50": part(latencies, 0.5),
        "host_latency_p99": part(latencies, 0.99),
        "host_latency_max": part(latencies, 1),
        "rpo_cycles_max": max((age for _, age in ages(here, there)), default=0),
    }


def restored(system: SystemTrace) -> Iterator[tuple[int, int]]:
    """Yield update number and cycle of each journal whose volume write is done at a secondary system."""
    begun = {(record.group, record.reference) for record in system.of(Process.RESTORE, RestoreOutcome.WRITING)}
    for record in system.of(Process.READ_WRITE, ReadWriteOutcome.VOLUME_WRITTEN):
        if (record.group, record.reference) in begun:
            yield record.reference, record.cycle


def ages(original: SystemTrace, secondary: SystemTrace) -> Iterator[tuple[int, int]]:
    """Yield, for each host write that was restored, the cycle in which it was and how old it was then: for so long a
    disaster would have lost it."""
    created = {record.update_number - 1: record.cycle for record in original.created()}
    for number, cycle in restored(secondary):
        if number in created:
            yield cycle, cycle - created[number]


def path_utilization(trace: RunTrace, system: SystemTrace, beats_per_cycle: float) -> float:
    """Return the share of the path's beats that carried packets, from the first packet to the last that carried
    journals."""
    sent = [record.cycle for record, _ in system.sent()]
    if not sent or not system.packets:
        return 0.0
    first = min(sent)
    last = next((cycle for cycle, _ in system.packets if cycle >= max(sent)), system.packets[-1][0])
    carried = sum(size for cycle, size in system.packets if first <= cycle <= last)
    return carried / trace.beat_bytes / max(1, (last - first) * beats_per_cycle)


def part(ordered: Sequence[int], share: float) -> int:
    """Return the value that `share` of the ordered values do not exceed; 0 if there are none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0
