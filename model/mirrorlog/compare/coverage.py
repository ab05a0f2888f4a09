"""What a comparison has covered: processes, exits of their flow charts, and the checks that had no data."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mirrorlog.compare.comparison import Comparison
from mirrorlog.compare.record_text import outcome_name, outcomes_of, process_title
from mirrorlog.formats.commit_record import Process

# each check, and the event without which it had nothing to do
_CHECKS = {
    "the host's answers": "host_response",
    "data that the host wrote": "write_data",
    "data that the host read": "read_data",
    "answers of registers": "register_response",
    "bursts written to devices": "device_write",
    "what devices returned": "device_read",
    "packets taken": "packet_in",
    "packets sent": "packet_out",
    "the state after a reset": "reset",
}
# each check of contents, and the data files without which there were none
_DATA_FILES = {
    "write_data": "data that the host wrote",
    "read_data": "data that the host read",
    "device": "data written to devices",
    "path": "data of packets sent",
}


@dataclass(frozen=True, slots=True)
class Coverage:
    """`taken` counts the records of each process by outcome, `not_taken` are its other outcomes; `without_data` are the
    checks that had nothing to compare.
    """

    taken: dict[Process, Counter[int]]
    not_taken: dict[Process, list[int]]
    without_data: Sequence[str]

    def as_json(self) -> dict[str, object]:
        """Return it as `mirrorlog compare --json` prints it."""
        processes = {
            process.name.lower(): {"taken": dict(sorted(counts.items())), "not_taken": list(self.not_taken[process])}
            for process, counts in self.taken.items()
        }
        return {"processes": processes, "without_data": list(self.without_data)}

    def text(self) -> str:
        """Return it for people."""
        lines = []
        for process, counts in self.taken.items():
            records = sum(counts.values())
            lines.append(f"{process_title(process)}: {records:,} record{'s' * (records != 1)}")
            lines += [f"  {count:>9,}  {_named(process, outcome)}" for outcome, count in sorted(counts.items())]
            if self.not_taken[process]:
                never = ", ".join(_named(process, outcome) for outcome in self.not_taken[process])
                lines.append(f"      never  {never}")
        lines += [f"no data: {check}" for check in self.without_data]
        return "\n".join(lines)


def coverage(comparison: Comparison, missing: Iterable[str] = ()) -> Coverage:
    """Return what a comparison has covered so far; `missing` are the names of the data files that were not there."""
    taken: dict[Process, Counter[int]] = {process: Counter() for process in Process}
    for (process, outcome, _, _), count in comparison.exits.items():
        taken[Process(process)][outcome] += count
    not_taken = {
        process: [outcome for outcome in outcomes_of(process) if outcome not in counts]
        for process, counts in taken.items()
    }
    events = comparison.events
    without = {check for check, kind in _CHECKS.items() if not events[kind]}
    without |= {said for name in missing for start, said in _DATA_FILES.items() if name.startswith(start)}
    order = [*_CHECKS, *_DATA_FILES.values()]
    return Coverage(taken, not_taken, sorted(without, key=order.index))


def _named(process: Process, outcome: int) -> str:
    return f"{outcome} {outcome_name(process, outcome)}".rstrip()
