"""Many faults in one copy of the RTL: none is alive unless it is asked for, and then it is as if it were planted."""

from pathlib import Path

import pytest

from tb.config.settings import Behaviour, Settings
from tb.running.system_run import CAPTURE, Outcome, SystemRun, simulate
from tb.scenarios.one_system import PARAMETERS, layout
from tests.hunt.bite import simulated
from tests.hunt.choices import NoChoiceError, places
from tests.hunt.hunting import LOG
from tests.hunt.mutants import draw
from tests.hunt.schemata import PLUSARG, RECORD, differing, key, make, with_choices
from tests.planted.bug import LockStep
from tests.planted.plant import plant_rtl
from tools.sources import RTL

SOURCE = """module m (input wire clk, input wire [3:0] a, output wire [3:0] b);
wire [3:0] c = a + 4'd1;
wire [4:0] d;
reg  [3:0] e;
assign d = {c, 1'b0};
fifo #(.WIDTH(4)) one (.clk(clk), .in_data(a), .out_data(b));
always @(posedge clk) begin
    if (`ML_OPCODE_FUA == a) e <= c;
    else e <= 4'd0;
end
endmodule
"""
IF = SOURCE[SOURCE.index("if (") : SOURCE.index("\nend\n")]
WORKING_STATES = "WorkingStates"


@pytest.mark.parametrize(
    ("find", "replace", "was", "becomes"),
    [
        ("a + 4'd1", "a", "a + 4'd1", "a"),
        ("{c, 1'b0}", "{c, 1'b1}", "{c, 1'b0}", "{c, 1'b1}"),
        (".in_data(a)", ".in_data(~a)", "a", "~a"),
        ("e <= c", "e <= a", "e <= c;", "e <= a;"),
        ("e <= 4'd0;", ";", "e <= 4'd0;", ";"),
        ("    else e <= 4'd0;\n", "", IF, "if (`ML_OPCODE_FUA == a) e <= c;"),
    ],
)  # fmt: skip
def test_least_statement_or_expression_around_a_change_is_chosen(
    find: str, replace: str, was: str, becomes: str
) -> None:
    assert SOURCE.count(find) == 1
    (place,) = places(SOURCE, SOURCE.replace(find, replace))
    assert (SOURCE[place.start : place.end], place.new) == (was, becomes)
    assert place.differs


def test_place_says_when_both_texts_differ() -> None:
    """With the width of what is assigned, and by its condition where that alone is another."""
    differs = [places(SOURCE, SOURCE.replace(*texts))[0].differs for texts in (("e <= c", "e <= a"), ("== a", "!= a"))]
    assert differs == ["((e ^ e) | (c)) !== ((e ^ e) | (a))", "!(`ML_OPCODE_FUA == a) !== !(`ML_OPCODE_FUA != a)"]


@pytest.mark.parametrize(
    ("find", "replace"),
    [
        ("wire [4:0] d", "wire [3:0] d"),
        ("assign d", "assign c"),
        (".out_data(b)", ".out_data(d)"),
        ("WIDTH(4)", "WIDTH(5)"),
        ("posedge clk", "negedge clk"),
        ("c = a", "c = (a"),
        (SOURCE[SOURCE.index("always") : SOURCE.index("endmodule")], ""),
    ],
)
def test_what_cannot_be_chosen_while_a_simulation_runs_is_said(find: str, replace: str) -> None:
    """Declarations, what is driven, outputs, parameters, events, what is no Verilog, and a block that is gone."""
    with pytest.raises(NoChoiceError):
        places(SOURCE, SOURCE.replace(find, replace, 1))


def test_faults_of_one_place_and_within_each_other_are_all_there() -> None:
    texts = [("e <= c", "e <= a"), ("e <= c", "e <= d"), ("`ML_OPCODE_FUA == a", "1'b1")]
    chosen = [
        (number, place)
        for number, (find, replace) in enumerate(texts, 1)
        for place in places(SOURCE, SOURCE.replace(find, replace))
    ]
    written = with_choices(SOURCE, chosen)
    assert [written.count(f"fault_alive == 16'd{number})") for number in (1, 2, 3)] == [1, 1, 1]
    assert written.index("16'd3") < written.index("if (1'b1) e <= c;") < written.index("16'd2") < written.index("16'd1")
    assert [written.count(f"fault_differed[{number}] = 1") for number in (1, 2, 3)] == [1, 1, 1]


@pytest.mark.long
def test_fault_is_alive_where_it_is_asked_for_alone_and_as_if_it_were_planted(folder: Path, seed: int) -> None:
    """Planted bugs are all in one copy, with mutants beside them. Without a fault the copy's run is the RTL's, byte for
    byte, and tells which would do something else."""
    bugs = [*simulated(), *(mutant.as_bug() for mutant in draw(seed, 60))]
    schemata = make(bugs, folder)
    planted = [bug for bug in schemata.left_out if bug in simulated()]
    assert [bug.id for bug in planted] == ["commit_record-RECORD_2"], "these can be choices, too"
    bug = next(bug for bug in simulated() if bug.found_by == LockStep(WORKING_STATES, "update_number"))
    right, none = _run(folder / "right", seed, RTL), _run(folder / "none", seed, schemata.rtl, f"{PLUSARG}={RECORD}")
    assert not right.failure and not none.failure
    assert _trace(folder / "right") == _trace(folder / "none")
    same = schemata.same(differing(folder / "none" / LOG))
    assert key(bug) not in same and len(same) > 20
    unlike = next(bug for bug in bugs if key(bug) in same)
    _run(folder / "same", seed, schemata.rtl, schemata.plusarg(key(unlike)))
    assert _trace(folder / "same") == _trace(folder / "right"), unlike.id
    alive = _run(folder / "alive", seed, schemata.rtl, schemata.plusarg(key(bug)))
    alone = _run(folder / "alone", seed, plant_rtl(bug, folder))
    assert alive.failure == alone.failure != ""
    assert _trace(folder / "alive") == _trace(folder / "alone") != _trace(folder / "right")


def _run(folder: Path, seed: int, rtl: Path, *plusargs: str) -> Outcome:
    settings = Settings(PARAMETERS, Behaviour(), layout())
    return simulate(
        SystemRun("tests.sim.scenarios", folder, settings, seed, (WORKING_STATES,), rtl=rtl, plusargs=plusargs)
    )


def _trace(folder: Path) -> bytes:
    return (folder / f"{CAPTURE}.jsonl").read_bytes()
