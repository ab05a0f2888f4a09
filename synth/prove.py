"""`make prove`: the properties that stand beside the RTL (`ifdef ML_PROPERTIES`), proven by temporal induction.

    python -m synth.prove [PART=MODULE]

Exit status: 0 all are proven, 1 one is not, 2 it could not be tried.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mirrorlog.command_line import fail, guarded
from synth.options import OptionError, one_of, read
from tools.sources import ROOT, RTL, instance_tree, rtl_source, rtl_sources


@dataclass(frozen=True)
class Proof:
    """A module with the parameters that it is proven for; the induction looks back at most so many steps."""

    module: str
    parameters: dict[str, int]
    steps: int = 3
    # properties that are proven together, those of the stages before taken for granted; by default all at once
    stages: tuple[tuple[str, ...], ...] = ()
    # files of synth/ that stand in for modules in it
    stand_ins: tuple[str, ...] = ()
    # cycles within which an example of what is wrong is looked for
    depth: int = 8


def _ring(*numbers: int) -> tuple[str, ...]:
    return tuple(f"RING_{number}" for number in numbers)


PROOFS = {
    proof.module: proof
    for proof in (
        Proof("fifo", {"WIDTH": 8, "DEPTH": 4}),
        Proof("burst_splitter", {"DATA_WIDTH": 64, "ADDRESS_WIDTH": 33, "META_WIDTH": 1}),
        Proof("commit_arbiter", {"REQUESTERS": 20, "WIDTH": 4}),
        Proof(
            "journal_ring",
            {"GROUPS": 1, "ENTRY_BYTES": 512, "ZERO_BITS": 9, "POSITION_WIDTH": 33},
            steps=1,
            stages=(
                _ring(0, 1, 2, 3, 4, 5, 6, 7, 8, 13, 21, 24, 25, 26),
                _ring(14, 15),
                *(_ring(number) for number in (9, 10, 11, 12, 16, 17, 18, 19, 20, 22, 23)),
            ),
            stand_ins=("one_row",),
        ),
        Proof("row_field", {"ROWS": 4, "WIDTH": 8}),
        Proof("cache_memory", {"DATA_WIDTH": 8, "BEATS": 8, "READ_PORTS": 2}),
        Proof("turn_memory", {"DATA_WIDTH": 4, "BEATS": 16, "READERS": 3, "BANKS": 2}),
        Proof(
            "write_sources",
            {"DATA_WIDTH": 64, "DEVICES": 2, "SLOT_BEATS": 4, "BEATS": 8, "JOB_SLOT_WIDTH": 1, "START_WIDTH": 4},
            stand_ins=("any_fifo",),
        ),
        Proof("group_slots", {"GROUPS": 3, "SLOTS": 7}, depth=14),
        Proof("command_queues", {"GROUPS": 3, "DEPTH": 2, "WIDTH": 8, "WORD_WIDTH": 4}, depth=14),
        Proof("host_answers", {"DEPTH": 4}),
        Proof("read_send", {"DATA_WIDTH": 64, "MAX_TRANSFER_BYTES": 1024, "CACHE_SLOTS": 4, "READ_SLOTS": 4}),
        Proof("device_write", {"DATA_WIDTH": 64, "ADDRESS_WIDTH": 33, "CACHE_SLOTS": 2, "OUTSTANDING": 2}),
        Proof(
            "device_read",
            {"DATA_WIDTH": 64, "ADDRESS_WIDTH": 33, "SLOT_WIDTH": 1, "OUTSTANDING": 2},
            stand_ins=("any_fifo",),
        ),
        Proof("commit_record", {"POSITION_WIDTH": 33}, stand_ins=("any_fifo",)),
        Proof("registers", {}),
        Proof("journal_stream", {"DATA_WIDTH": 64}),
        Proof("path_transmit", {"DATA_WIDTH": 512, "MAX_JOURNALS": 16}, stand_ins=("any_crc",)),
    )
}


class ProofError(Exception):
    """A proof could not be tried; the text is one line."""


@dataclass(frozen=True)
class Result:
    """What came of a proof: the properties, the steps that the induction looked back, and the properties of which an
    example was found that they do not hold."""

    properties: Sequence[str]
    proven: bool
    steps: int
    wrong: Sequence[str] = field(default=())


def _sources(proof: Proof, rtl: Path) -> list[Path]:
    """Return the files of the module and all below it, with what stands in for some."""
    stand_ins = [ROOT / "synth" / f"{name}.v" for name in proof.stand_ins]
    replaced = {name for path in stand_ins for name in re.findall(r"^module (\w+)", path.read_text(), re.M)}
    tree = instance_tree(rtl_source(proof.module, rtl), rtl_sources(rtl))
    return [*(path for path in tree if path.stem not in replaced), *stand_ins]


def prove(proof: Proof, folder: Path, rtl: Path = RTL, examples: Sequence[str] = ()) -> Result:
    """Try a proof of what is in `rtl`, or look for examples that some properties do not hold. Raises ProofError."""
    job: dict[str, Any] = {
        "module": proof.module,
        "parameters": proof.parameters,
        "sources": [str(path) for path in _sources(proof, rtl)],
        "folder": str(folder),
        "steps": proof.steps,
        "depth": proof.depth,
        "stages": proof.stages,
        "examples": list(examples),
    }
    (folder / "job.json").write_text(json.dumps(job))
    log = folder / "yosys.log"
    with log.open("w") as file:
        command = [sys.executable, "-m", "synth.proving", str(folder / "job.json")]
        done = subprocess.run(command, cwd=ROOT, stdout=file, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        said = [line for line in (*log.read_text().splitlines(), *done.stderr.splitlines()) if "rror" in line.lower()]
        raise ProofError(f"{proof.module}: {(said or ['yosys ended without a word'])[-1]} (see {log})")
    return Result(**json.loads((folder / "result.json").read_text()))


def main() -> int:
    """Prove all, or one module's."""
    try:
        given = read(sys.argv[1:], {"part": one_of(tuple(PROOFS))})
    except OptionError as error:
        return fail(error)
    unproven = 0
    print(f"{'module':<24} {'properties':>10} {'steps':>6} {'s':>6}")
    for proof in [PROOFS[given["part"]]] if given else PROOFS.values():
        begun = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            try:
                result = prove(proof, Path(folder))
            except ProofError as error:
                return fail(error)
        state = "" if result.proven else "  NOT PROVEN"
        unproven += not result.proven
        seconds = time.monotonic() - begun
        print(f"{proof.module:<24} {len(result.properties):>10} {result.steps:>6} {seconds:>6.1f}{state}", flush=True)
    return int(bool(unproven))


if __name__ == "__main__":
    sys.exit(guarded(main))
