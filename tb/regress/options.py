"""The options of `make regress`, as NAME=VALUE arguments."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path

from tb.random.draw import systems_of
from tb.random.seed import LIMIT_SECONDS
from tb.running.options import (
    PARTNER_MODEL,
    PARTNERS,
    SEED_LIMIT,
    OptionError,
    Reader,
    number,
    one_of,
    path,
    read_values,
    target,
)
from tb.running.simulators import COVERAGE, SIMULATORS
from tools.sources import ROOT

OUT = "build/regress"
MOST_SEEDS = 1_000_000
_SCHEDULER = re.compile(r"(tcp|tls)://[^\s/:]+:\d{1,5}")


@dataclass(frozen=True, slots=True)
class Options:
    """What `make regress` was asked for: so many seeds from `first` on. `jobs`: processes at a time, of a cluster of
    its own; `scheduler`: the address of one that runs, "" for none. `resume`: only what the last run has not; `keep`:
    also the captures of seeds that pass; `coverage`: which code coverage (tb/running/simulators.py, COVERAGE), "" for
    none; `limit`: wall-clock seconds of a seed's simulation; `partner`: what plays the other one of two systems, then
    no seed has one; `target`: the link to a board that has one system, "" for none."""

    seeds: int = 200
    first: int = 1
    jobs: int = os.cpu_count() or 1
    scheduler: str = ""
    sim: str = "verilator"
    resume: bool = False
    keep: bool = False
    coverage: str = ""
    limit: int = int(LIMIT_SECONDS)
    target: str = ""
    partner: str = PARTNERS[0]
    out: str = OUT

    @property
    def folder(self) -> Path:
        """Where everything goes. A folder that is given relatively is below the checkout, on every machine."""
        return ROOT / self.out

    @property
    def numbers(self) -> Sequence[int]:
        """The seeds."""
        if self.partner != PARTNER_MODEL:
            return range(self.first, self.first + self.seeds)
        return list(islice((seed for seed in count(self.first) if systems_of(seed) == 2), self.seeds))

    @property
    def runs_on(self) -> str:
        """What the seeds run on, as options are given: the simulator, and the board, or the model as partner."""
        if self.target:
            return f"{self.sim} TARGET={self.target}"
        return self.sim if self.partner != PARTNER_MODEL else f"{self.sim} PARTNER={self.partner}"


def parse(arguments: Sequence[str]) -> Options:
    """Read the arguments. Raises OptionError."""
    values = read_values(arguments, READERS)
    options = Options(**values)  # type: ignore[arg-type]
    if options.coverage and options.sim != "verilator":
        raise OptionError(f"COVERAGE={options.coverage}: only Verilator has code coverage, give SIM=verilator")
    if options.target:
        for name in ("sim", "scheduler", "coverage"):
            if name in values:
                raise OptionError(f"{name.upper()}={values[name]}: not with TARGET: the seeds run on the board")
        if values.get("jobs", 1) != 1:
            raise OptionError(f"JOBS={options.jobs}: a board takes one seed at a time")
        options = replace(options, jobs=1, sim="icarus")
    there = next(path for path in (options.folder, *options.folder.parents) if path.exists())
    if not there.is_dir():
        raise OptionError(f"OUT={options.out}: {there} is no folder")
    return options


def _scheduler(text: str) -> str:
    if not _SCHEDULER.fullmatch(text):
        raise ValueError("is no address like tcp://host:8786")
    return text


def _switch(text: str) -> bool:
    return one_of(("0", "1"))(text) == "1"


READERS: dict[str, Reader] = {
    "seeds": number(1, MOST_SEEDS),
    "first": number(0, SEED_LIMIT - MOST_SEEDS),
    "jobs": number(1, 1024),
    "scheduler": _scheduler,
    "sim": one_of(SIMULATORS),
    "resume": _switch,
    "keep": _switch,
    "coverage": one_of(tuple(COVERAGE)),
    "limit": number(1, 1_000_000),
    "target": target,
    "partner": one_of(PARTNERS),
    "out": path,
}
