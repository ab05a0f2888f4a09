"""`make prove`: the properties that stand beside the RTL (`ifdef FORMAL`), proven by temporal induction.

    python -m synth.prove [PART=MODULE]

Exit status: 0 all are proven, 1 one is not, 2 it could not be tried.
"""

import json
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


PROOFS = {
    proof.module: proof
    for proof in (
        Proof("fifo", {"WIDTH": 8, "DEPTH": 4}),
        Proof("burst_splitter", {"DATA_WIDTH": 64, "ADDRESS_WIDTH": 33, "META_WIDTH": 1}),
        Proof("commit_arbiter", {"REQUESTERS": 20, "WIDTH": 4}),
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


def prove(proof: Proof, folder: Path, rtl: Path = RTL, examples: Sequence[str] = ()) -> Result:
    """Try a proof of what is in `rtl`, or look for examples that some properties do not hold. Raises ProofError."""
    job: dict[str, Any] = {
        "module": proof.module,
        "parameters": proof.parameters,
        "sources": [str(path) for path in instance_tree(rtl_source(proof.module, rtl), rtl_sources(rtl))],
        "folder": str(folder),
        "steps": proof.steps,
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
