"""The properties beside the RTL: proven, and each of them found wrong when the RTL is."""

from pathlib import Path

import pytest

from synth.prove import PROOFS, prove
from tools.sources import instance_tree, rtl_source, rtl_sources

# each property: text of its module, and what takes its place
BUGS = {
    "fifo": {
        "FIFO_1": ("assign in_ready  = !count[INDEX_WIDTH];", "assign in_ready  = 1'b1;"),
        "FIFO_2": ("wire leaves  = out_valid && out_ready;", "wire leaves  = out_ready;"),
        "FIFO_3": ("entries[newest_reg[INDEX_WIDTH-1:0]] <= in_data;", "entries[newest_reg[0]] <= in_data;"),
        "FIFO_4": ("assign out_data  = entries[oldest_reg", "assign out_data  = entries[newest_reg"),
        "FIFO_5": ("assign out_data  = entries[oldest_reg[INDEX_WIDTH-1:0]];", "assign out_data  = in_data;"),
        "FIFO_6": ("assign out_valid = newest_reg != oldest_reg;", "assign out_valid = count > 1;"),
    },
    "burst_splitter": {
        "BURST_1": ("valid_reg <= range_valid;",
                    "valid_reg <= range_valid || valid_reg;"),
        "BURST_2": ("wire [31:0] to_boundary = 32'd4096 - {20'd0, address_reg[11:0]};",
                    "wire [31:0] to_boundary = 32'd4096;"),
        "BURST_3": ("address_reg <= address_reg + {{ADDRESS_WIDTH-32{1'b0}}, bytes};",
                    "address_reg <= address_reg + MOST_BYTES;"),
        "BURST_4": ("assign burst_last    = bytes == bytes_reg;", "assign burst_last    = bytes_reg <= MOST_BYTES;"),
        "BURST_5": ("wire [31:0] bytes       = (bytes_reg < most) ? bytes_reg : most;",
                    "wire [31:0] bytes       = most;"),
        "BURST_6": ("bytes_reg   <= bytes_reg - bytes;", "bytes_reg   <= bytes_reg - MOST_BYTES;"),
        "BURST_7": ("if (valid_reg && burst_ready) begin", "if (valid_reg) begin"),
    },
    "commit_arbiter": {
        "ARBITER_1": ("choices & ~(choices - 1'b1)", "choices"),
        "ARBITER_2": ("& {REQUESTERS{enable}};", ";"),
        "ARBITER_3": ("(request[i*WIDTH +: WIDTH] &", "(request[0 +: WIDTH] &"),
        "ARBITER_4": ("later_reg <= ~((request_taken - 1'b1) | request_taken);", "later_reg <= ~request_taken;"),
        "ARBITER_5": ("(later != 0) ? later : request_valid;", "request_valid;"),
    },
}  # fmt: skip


@pytest.mark.parametrize("module", PROOFS)
def test_properties_are_proven_and_each_has_a_planted_bug(module: str, tmp_path: Path) -> None:
    """None holds for want of cases: a bug for each is found below."""
    result = prove(PROOFS[module], tmp_path)
    assert result.proven
    assert sorted(BUGS[module]) == sorted(result.properties)


@pytest.mark.parametrize(("module", "wrong"), [(module, name) for module in BUGS for name in BUGS[module]])
def test_planted_bug_is_found_by_its_property(module: str, wrong: str, tmp_path: Path) -> None:
    """The property has an example."""
    text, bug = BUGS[module][wrong]
    for file in instance_tree(rtl_source(module), rtl_sources()):
        source = file.read_text()
        if file.stem == module:
            assert source.count(text) == 1
            source = source.replace(text, bug)
        (tmp_path / file.name).write_text(source)
    result = prove(PROOFS[module], tmp_path, tmp_path, [wrong])
    assert not result.proven and result.wrong == [wrong]
