"""Bugs of kinds that only chance finds, planted into the RTL one at a time: within how many random runs of two systems
is each found?

python -m tests.sim.random_bugs [--seed N] [--runs N] [--only TITLE]
"""

import random
import sys
from dataclasses import dataclass
from pathlib import Path

from mirrorlog.command_line import Parser, Progress, fail, guarded, whole
from tb.running.runner import ROOT
from tests.sim.random_replication import parameter_sets, run_random
from tests.sim.test_planted_bugs import Bug, planted

RUNS = 20
# Combinations of parameters, taken in turn
SETS = 4
FOLDER = ROOT / "build" / "random_bugs"
# What the first line of a failure says that each checker found
CHECKERS = (
    ("difference at line", "comparison"),
    ("a port's rules are broken", "ports"),
    (" cycles", "progress"),
    ("its original", "copies"),
)
COUNTERS, NEIGHBOURS, PARAMETERS, UPPER_BITS = "counters", "neighbours", "parameters", "upper bits"


@dataclass(frozen=True)
class RandomBug:
    """`text` in file `name` becomes `bug`; `kind` says what it is about."""

    kind: str
    title: str
    name: str
    text: str
    bug: str


@dataclass(frozen=True)
class Found:
    """The run (from 1) that found a bug, and its cycles; run 0: none did. `failure` is what it said."""

    run: int
    cycles: int
    failure: str

    @property
    def checker(self) -> str:
        """What found it."""
        first = self.failure.partition("\n")[0]
        return next((checker for text, checker in CHECKERS if text in first), "scenario") if self.run else ""

    @property
    def said(self) -> str:
        """What differs, or what stands still, in a line."""
        first, *more = [line.strip() for line in self.failure.split("\n")]
        return more[0] if self.checker == "comparison" and more else first


BUGS = (
    RandomBug(
        COUNTERS,
        "age-of-a-command-not-taken-as-a-difference",
        "command_times.v",
        "assign rings     = timed && past >= {16'd0, time_limit};",
        "assign rings     = timed && cycle >= row_since + {16'd0, time_limit};",
    ),
    RandomBug(
        COUNTERS,
        "tag-without-carry-at-16-bits",
        "journal_read_command.v",
        "assign tag_value = (&tag) ? 32'd1 : tag + 32'd1;",
        "assign tag_value = {tag[31:16], tag[15:0] + 16'd1};",
    ),
    RandomBug(
        COUNTERS,
        "update-number-without-carry-at-32-bits",
        "group_information.v",
        "new_number = update_number + 64'd1;",
        "new_number = {update_number[63:32], update_number[31:0] + 32'd1};",
    ),
    RandomBug(
        NEIGHBOURS,
        "restore-looks-only-with-room-for-every-group",
        "restore_look.v",
        "wire [GROUPS-1:0] possible = due & room;",
        "wire [GROUPS-1:0] possible = due & {GROUPS{&room}};",
    ),
    RandomBug(
        NEIGHBOURS,
        "no-step-while-the-host-takes-no-response",
        "storage_system.v",
        ".clk(clk), .rst(rst), .enable(enable),",
        ".clk(clk), .rst(rst), .enable(enable && (m_host_response_ready || !m_host_response_valid)),",
    ),
    RandomBug(
        NEIGHBOURS,
        "no-room-kept-for-answers",
        "host_answers.v",
        "assign room       = !commands_reg[$clog2(DEPTH)];",
        "assign room       = 1'b1;",
    ),
    RandomBug(
        NEIGHBOURS,
        "slots-not-left-to-groups-that-have-none",
        "group_slots.v",
        "assign room[n]    = none[n] ? any_left : any_more && slots_reg < SHARE[SLOT_WIDTH:0];",
        "assign room[n]    = any_left;",
    ),
    RandomBug(
        NEIGHBOURS,
        "commands-wait-for-the-journal-device-of-another-group",
        "journal_fetch.v",
        "(command_valid & buffer_may_take & ~under_way_reg);",
        "(command_valid & buffer_may_take & {GROUPS{under_way_reg == 0}});",
    ),
    RandomBug(
        PARAMETERS,
        "command-slots-with-two-bits-of-a-slot",
        "command_slots.v",
        "wire [ROW_WIDTH-1:0] sent = {surveyed, slot};",
        "wire [ROW_WIDTH-1:0] sent = {surveyed, slot} & ~((1 << SLOT_WIDTH) - 4);",
    ),
    RandomBug(
        PARAMETERS,
        "read-slots-with-one-bit-of-a-slot",
        "device_side.v",
        "read_done_slot[READ_SLOT_WIDTH*n +: READ_WIDTH];",
        "read_done_slot[READ_SLOT_WIDTH*n +: READ_WIDTH] & 1'b1;",
    ),
    RandomBug(
        UPPER_BITS,
        "address-of-volume-writes-cut-to-32-bits",
        "commit_decide.v",
        "assign volume_address    = step_address;",
        "assign volume_address    = step_address & 48'hFFFFFFFF;",
    ),
    RandomBug(
        UPPER_BITS,
        "address-of-journals-cut-to-40-bits",
        "commit_show.v",
        "data_address_reg         <= journal_volume_offset + data_place;",
        "data_address_reg         <= (journal_volume_offset + data_place) & 48'hFFFFFFFFFF;",
    ),
    RandomBug(
        UPPER_BITS,
        "freed-bytes-counted-in-32-bits",
        "journal_read_reception.v",
        "assign host_bytes_value = host_bytes +",
        "assign host_bytes_value = {32'd0, host_bytes[31:0]} +",
    ),
    RandomBug(
        UPPER_BITS,
        "tag-of-commands-cut-to-16-bits",
        "journal_read_command.v",
        "packet_tag          <= send_tag;",
        "packet_tag          <= {16'd0, send_tag[15:0]};",
    ),
    RandomBug(
        UPPER_BITS,
        "generation-of-commands-cut-to-16-bits",
        "journal_read_command.v",
        "packet_generation   <= generation;",
        "packet_generation   <= {16'd0, generation[15:0]};",
    ),
)


def planted_in(bug: RandomBug, folder: Path) -> Path:
    """Return a copy of the RTL with the bug in it."""
    return planted(Bug(bug.title, bug.name, bug.text, bug.bug, "", ""), folder)


def find(bug: RandomBug, folder: Path, seed: int, progress: Progress, runs: int = RUNS) -> Found:
    """Make random runs with the bug until one fails."""
    said = progress.within(bug.title)
    rtl = planted_in(bug, folder)
    rng = random.Random(seed)
    sets = parameter_sets(seed, SETS)
    for run in range(1, runs + 1):
        said("run", run, runs)
        outcome = run_random(rng.getrandbits(31), folder / str(run), sets[run % SETS], rtl)
        if outcome.failure:
            return Found(run, outcome.cycles, outcome.failure)
    return Found(0, 0, "")


def main(arguments: list[str]) -> int:
    """Show the table; 0 if every bug was found."""
    parser = Parser(prog="python -m tests.sim.random_bugs", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--seed", type=whole(0, 1 << 63), default=None, help="of every choice (drawn)")
    parser.add_argument("--runs", type=whole(1, 10_000), default=RUNS, help="at most, for each bug")
    parser.add_argument("--only", default="", help="bugs whose title contains this")
    try:
        options = parser.parse_args(arguments)
    except SystemExit as end:  # --help, or a mistake
        return int(end.code or 0)
    if not any(options.only in bug.title for bug in BUGS):
        return fail(f"--only {options.only}: no bug's title contains it")
    seed = random.SystemRandom().getrandbits(31) if options.seed is None else options.seed
    print(f"seed {seed}\n{'kind':<12} {'bug':<60} {'run':>4} {'cycles':>7} {'checker':<10}  what it says", flush=True)
    missed = 0
    for bug in BUGS:
        if options.only in bug.title:
            with Progress() as progress:
                found = find(bug, FOLDER / bug.title, seed, progress, options.runs)
            missed += not found.run
            place = f"{bug.kind:<12} {bug.title:<60} {found.run or 'none':>4} {found.cycles:>7}"
            print(f"{place} {found.checker:<10}  {found.said[:110]}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
