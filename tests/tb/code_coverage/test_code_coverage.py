"""Code coverage: what is read of Verilator's file, how runs are added up, what is waived."""

import hashlib
import os
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tb.code_coverage.__main__ import main
from tb.code_coverage.figures import as_json, judge, ranges
from tb.code_coverage.points import BITS, DAT, TABLE, CodeCoverageError, Kind, Point, keep, merge, property_lines
from tb.code_coverage.waivers import read_waivers
from tb.regress.worker import TABLES
from tools.sources import ROOT, RTL, rtl_headers, rtl_sources

SOURCE = """module part (input wire [1:0] a, output reg q);
always @(posedge clk) begin
    if (a[0])
        q <= a[1];
    else
        q <= 1'b0;
end
endmodule
"""
WAIVERS = """
- modules: part other
  kinds: toggle
  signals: a
  bits: 1-1
  reason: the bench drives one bit alone
- modules: p*
  kinds: line branch
  text: q <= 1'b0
  reason: no input ends here
- modules: part
  kinds: branch
  text: posedge
  reason: of no use
"""


def line(
    rtl: Path, kind: str, number: int, column: int, name: str, count: int, lines: str = "", hier: str = "t"
) -> str:
    """Return a line of Verilator's file."""
    fields = {"f": f"{rtl}/a/part.v", "l": number, "n": column, "t": kind, "page": f"v_{kind}/part", "o": name}
    fields |= {"S": lines} if lines else {}
    text = "".join(f"\1{key}\2{value}" for key, value in {**fields, "h": hier}.items())
    return f"C '{text}' {count}"


def run(folder: Path, rtl: Path, then: int, fell: int) -> tuple[Path, Path]:
    """Leave the coverage of a run in which the branch was taken so often, and a bit fell; return it as `merge` takes
    it."""
    folder.mkdir()
    lines = [
        "# SystemC::Coverage-3",
        line(rtl, "line", 2, 1, "block", 3, "2"),
        line(rtl, "branch", 3, 5, "if", then, "3-4"),
        line(rtl, "branch", 3, 6, "else", 0, "5-6"),
        *(
            line(rtl, "toggle", 1, 30, f"a[{bit}]:{way}", fell, hier=h)
            for h in "xy"
            for bit in (0, 1)
            for way in WAYS[:1]
        ),
        *(line(rtl, "toggle", 1, 30, f"a[{bit}]:{WAYS[1]}", 0) for bit in (0, 1)),
        line(rtl.parent / "tb", "line", 1, 1, "block", 0, "1"),
    ]
    (folder / DAT).write_text("\n".join(lines) + "\n")
    keep(folder, folder.parent / "code", rtl)
    assert not (folder / DAT).exists()
    return folder / BITS, folder.parent / "code"


WAYS = ("0->1", "1->0")


@pytest.fixture
def rtl(tmp_path: Path) -> Path:
    """A folder of sources with one module."""
    (tmp_path / "rtl" / "a").mkdir(parents=True)
    (tmp_path / "rtl" / "a" / "part.v").write_text(SOURCE)
    return tmp_path / "rtl"


def test_runs_are_added_up_by_module_and_kind_and_holes_are_named(tmp_path: Path, rtl: Path) -> None:
    merged = merge([run(tmp_path / "1", rtl, 0, 1), run(tmp_path / "2", rtl, 5, 0)])
    assert len(list((tmp_path / "code").iterdir())) == 1
    found = judge(merged, [], rtl)
    figures = found.modules["part"]
    assert {kind: (one.met, one.needed) for kind, one in figures.items()} == {
        Kind.LINE: (3, 5),
        Kind.BRANCH: (1, 2),
        Kind.TOGGLE: (2, 4),
    }
    assert figures[Kind.BRANCH].holes == ["3: else: if (a[0])"]
    assert figures[Kind.TOGGLE].holes == ["a[1:0]"]
    assert as_json(found)["total"]["line"]["percent"] == pytest.approx(60.0)


def test_what_is_waived_does_not_count_and_a_waiver_of_no_use_is_named(tmp_path: Path, rtl: Path) -> None:
    (tmp_path / "waivers.yaml").write_text(WAIVERS)
    found = judge(merge([run(tmp_path / "1", rtl, 5, 1)]), read_waivers(tmp_path / "waivers.yaml"), rtl)
    figures = found.modules["part"]
    assert (figures[Kind.TOGGLE].waived, figures[Kind.TOGGLE].holes) == (1, ["a[0]"])
    assert (figures[Kind.LINE].waived, figures[Kind.LINE].holes) == (1, ["5: else"])
    assert [waiver.reason for waiver in found.unused] == ["of no use"]


def test_blocks_of_a_loop_and_rows_of_a_memory_count_as_one(tmp_path: Path, rtl: Path) -> None:
    names = {"slot[0].kept[1][3]": 0, "slot[2].kept[0][3]": 1, "slot[1].kept[1][2]": 0, "a[1]": 0, "a[0]": 1}
    lines = [line(rtl, "toggle", 1, 30, f"{name}:{WAYS[0]}", count) for name, count in names.items()]
    (tmp_path / DAT).write_text("\n".join(["# SystemC::Coverage-3", *lines]) + "\n")
    keep(tmp_path, tmp_path / "code", rtl)
    found = merge([(tmp_path / BITS, tmp_path / "code")]).of(Kind.TOGGLE)
    assert {point.bit: met for point, met in found.items()} == {
        ("slot[].kept[]", 3): True,
        ("slot[].kept[]", 2): False,
        ("a", 1): False,
        ("a", 0): True,
    }


def test_properties_beside_the_rtl_do_not_count(tmp_path: Path, rtl: Path) -> None:
    beside = ["    `ifdef ML_PROPERTIES", "reg q_reg;", "`ifdef FORMAL", "`endif", "always @* ;", "`endif"]
    (rtl / "a" / "part.v").write_text("\n".join([SOURCE.rstrip(), *beside, "// the end"]) + "\n")
    (rtl / "a" / "part_properties.vh").write_text("reg a;\n")
    assert property_lines(rtl / "a" / "part.v") == set(range(9, 15))
    lines = [line(rtl, "line", number, 1, "block", 1, str(number)) for number in range(1, 16)]
    lines += [lines[0].replace("part.v", "part_properties.vh")]
    (tmp_path / DAT).write_text("\n".join(["# SystemC::Coverage-3", *lines]) + "\n")
    keep(tmp_path, tmp_path / "code", rtl)
    reached = merge([(tmp_path / BITS, tmp_path / "code")]).lines
    assert set(reached) == {("a/part.v", number) for number in (*range(1, 9), 15)}


def test_properties_of_the_rtl_are_found() -> None:
    """Each that is named in a module, and that alone."""
    for source in rtl_sources():
        beside = property_lines(source)
        named = {n for n, text in enumerate(source.read_text().splitlines(), 1) if "`ML_HOLDS(" in text}
        assert named <= beside, source
        assert bool(beside) == ("`ifdef ML_PROPERTIES" in source.read_text()), source


def test_bits_in_line_are_one_range() -> None:
    names = ["a[0]", "a[1]", "a[3]", "b", "m[2][7]"]
    points = [Point("toggle", "x.v", 1, 1, f"{name}:{way}", "") for name in names for way in WAYS]
    assert ranges(points) == ["a[1:0, 3]", "b", "m[2][7]"]


@pytest.mark.parametrize(
    ("text", "said"),
    [("nothing", "no coverage of Verilator"), ("# SystemC::Coverage-3\nC 'f\2{rtl}/a/part.v' x\n", "is damaged")],
)
def test_another_file_is_refused(tmp_path: Path, rtl: Path, text: str, said: str) -> None:
    (tmp_path / DAT).write_text(text.format(rtl=rtl))
    with pytest.raises(CodeCoverageError, match=said):
        keep(tmp_path, tmp_path / "code", rtl)


def test_a_run_or_a_table_that_is_damaged_is_refused(tmp_path: Path, rtl: Path) -> None:
    """And so is one of another RTL."""
    bits, tables = run(tmp_path / "1", rtl, 1, 1)
    (table,) = tables.iterdir()
    whole, points = bits.read_bytes(), table.read_bytes()
    strange = b"no point\n"
    named = f"{hashlib.sha256(strange).hexdigest()[:16]}{TABLE}"
    (tables / named).write_bytes(strange)
    for of_bits, of_table, said in (
        (b"", points, r"code\.bits: is no coverage of a run"),
        (whole[:-1], points, r"code\.bits: is damaged: has 0 bytes for"),
        (whole + b"x", points, r"code\.bits: is damaged"),
        (whole, points[:-9], rf"{table.name}: is damaged"),
        (whole, points.replace(b"part.v", b"\xff\xff"), rf"{table.name}: is damaged"),
        (named[:16].encode() + b"\n\0", points, rf"{named}: is no table of points"),
    ):
        bits.write_bytes(of_bits)
        table.write_bytes(of_table)
        with pytest.raises(CodeCoverageError, match=said):
            merge([(bits, tables)])
    bits.write_bytes(whole)
    table.write_bytes(points)
    merged = merge([(bits, tables)])
    (rtl / "a" / "part.v").write_text("module part;\nendmodule\n")
    with pytest.raises(CodeCoverageError, match=r"part\.v: has no line \d+: it is another one since"):
        judge(merged, [], rtl)
    (rtl / "a" / "part.v").unlink()
    with pytest.raises(CodeCoverageError, match=r"part\.v: cannot be read"):
        judge(merged, [], rtl)


def regression(folder: Path) -> Path:
    """Leave a regression of one run that has met the first line of a module."""
    (folder / "1").mkdir(parents=True)
    source = rtl_sources()[0]
    text = f"# SystemC::Coverage-3\n{line(RTL, 'line', 1, 1, 'block', 1, '1')}\n"
    (folder / "1" / DAT).write_text(text.replace("a/part.v", source.relative_to(RTL).as_posix()))
    keep(folder / "1", folder / TABLES)
    return folder


def test_a_mistake_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A regression without code coverage is one."""
    whole = str(regression(tmp_path / "whole"))
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    for words, said in (
        (["/nonexistent"], "/nonexistent: is no folder of a regression"),
        ([""], "'': is no folder of a regression"),
        ([str(tmp_path / "file")], "file: is no folder of a regression"),
        ([whole, str(tmp_path / "empty")], "empty: no run in it has code coverage"),
        ([whole, "--module", "moon"], "--module moon: no module of that name was counted"),
        ([], "are required: FOLDER"),
    ):
        assert main(words) == 2
        captured = capsys.readouterr()
        assert captured.out == "" and captured.err.count("\n") == 1
        assert captured.err.startswith("error: ") and said in captured.err
    assert main([whole, "--module", rtl_sources()[0].stem]) == 0
    assert "line         1 of       1  100.0 %" in capsys.readouterr().out


def test_who_reads_it_may_stop(tmp_path: Path) -> None:
    """Nothing is said of that."""
    command = [sys.executable, "-m", "tb.code_coverage", str(regression(tmp_path))]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize(
    "entry",
    [
        "{modules: a, kinds: toggle, reason: r}",
        "{modules: a, kinds: line, signals: x, text: y, reason: r}",
        "{modules: a, kinds: lines, text: y, reason: r}",
        "{modules: a, kinds: line, text: y}",
    ],
)
def test_a_waiver_that_does_not_say_what_and_why_is_refused(tmp_path: Path, entry: str) -> None:
    (tmp_path / "waivers.yaml").write_text(f"- {entry}\n")
    with pytest.raises(CodeCoverageError, match=r"waivers\.yaml"):
        read_waivers(tmp_path / "waivers.yaml")


def test_every_waiver_is_about_something_that_is_there_and_has_a_reason() -> None:
    sources = {path.stem: path.read_text() for path in (*rtl_sources(), *rtl_headers().iterdir())}
    for waiver in read_waivers():
        texts = [text for module, text in sources.items() if waiver.is_of(module)]
        assert texts, waiver
        assert len(waiver.reason.split()) > 4, waiver
        if waiver.text:
            assert any(waiver.text in text for text in texts), waiver
        words = {word for text in texts for word in text.replace("[", " ").replace(";", " ").replace(",", " ").split()}
        for signal in waiver.signals:
            assert any(fnmatchcase(word, signal) for word in words), (waiver, signal)
