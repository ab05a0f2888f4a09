"""Mutants: each is one token of the RTL, and what random runs cannot find is explained."""

from pathlib import Path

from tests.hunt import mutants as drawn
from tests.hunt.mutants import mutants
from tests.hunt.mutate import explanations
from tests.planted.plant import planted_texts
from tools.sources import rtl_sources

SOURCE = """module m #(parameter WIDTH = 4) (input [WIDTH-1:0] a, output [WIDTH-1:0] b);
    localparam TOP = WIDTH - 1;
    reg [WIDTH-1:0] r;
    assign b = a == 4'd3 ? r + 1 : 8'hff;
    always @(posedge a[0]) begin
        for (i = 0; i < WIDTH; i = i + 1) r[i] <= 1'b0;
        r <= a && !b;
    end
endmodule
"""


def test_operators_constants_and_choices_are_changed_and_nothing_that_only_sizes(tmp_path: Path) -> None:
    source = tmp_path / "m.v"
    source.write_text(SOURCE)
    found = [(mutant.line(), mutant.old, mutant.new) for mutant in mutants(source)]
    assert found == [
        (4, "==", "!="),
        (4, "4'd3", "4'd4"),
        (4, "r + 1 : 8'hff", "8'hff : r + 1"),
        (4, "+", "-"),
        (4, "1", "2"),
        (4, "8'hff", "8'hfe"),
        (5, "0", "1"),
        (7, "&&", "||"),
    ]


def test_every_mutant_can_be_planted() -> None:
    every = [mutant for source in rtl_sources() for mutant in mutants(source)]
    assert len(every) > 2000
    for mutant in every[::7]:
        (text,) = planted_texts(mutant.as_bug()).values()
        before = mutant.source.read_text()
        assert len(text) - len(before) == len(mutant.new) - len(mutant.old)
        assert text[: mutant.offset] == before[: mutant.offset]


def test_a_seed_draws_the_same_mutants_again() -> None:
    assert drawn.draw(3, 20) == drawn.draw(3, 20) != drawn.draw(4, 20)


def test_other_lines_do_not_change_what_is_drawn(folder: Path) -> None:
    source = folder / "m.v"
    source.write_text(SOURCE)
    before = [(mutant.line_text(), mutant.new) for mutant in drawn.draw(5, 6, [source])]
    source.write_text(SOURCE.replace("    reg", "    wire c = a[0] ? b[0] : b[1];\n    reg"))
    after = [(mutant.line_text(), mutant.new) for mutant in drawn.draw(5, 6, [source])]
    kept = [one for one in after if not one[0].startswith("wire c")]
    assert kept == before[: len(kept)] and len(kept) > 2


def test_what_has_no_effect_is_a_mutant_with_a_reason() -> None:
    keys = set()
    for source in rtl_sources():
        every = mutants(source)
        own = {(mutant.line(), mutant.explanation_key()) for mutant in every}
        assert len(own) == len(every), f"{source.name}: mutants of a line that look alike"
        keys |= {key for _, key in own}
    for key, reason in explanations().items():
        assert key in keys, key
        assert len(reason.split()) > 5, key
