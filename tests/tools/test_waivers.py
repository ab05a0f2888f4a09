"""Waivers of lint warnings: what they hide, and how narrow they are."""

from pathlib import Path

from tools.sources import RTL, rtl_headers, rtl_sources
from tools.waivers import Waivers

SAID = """\
%Warning-UNUSEDSIGNAL: /rtl/tables/one.v:12:5: Bits of signal are not used: 'size'[8:0]
                                             : ... note: In instance 'top.one'
%Warning-UNUSEDSIGNAL: /rtl/tables/one.v:13:5: Signal is not used: 'size'
%Warning-WIDTHTRUNC: /rtl/tables/two.v:9:1: Operator ASSIGN expects 3 bits
- Verilator: Walltime 0.1 s
"""


def test_a_waiver_hides_its_signal_only_and_is_missed_when_it_hides_nothing(folder: Path) -> None:
    """Rule, file and message all count."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "some.vlt"
    path.write_text(
        "`verilator_config\n// reason\n"
        'lint_off -rule UNUSEDSIGNAL -file "*/one.v" -match "Bits*: \'size\'*"\n'
        'lint_off -rule UNUSEDSIGNAL -file "*/two.v" -match "Bits*: \'size\'*"\n'
        "lint_off -rule PINCONNECTEMPTY\n"
    )
    waivers = Waivers.read(path)
    assert waivers.left(SAID) == [
        "UNUSEDSIGNAL: /rtl/tables/one.v: Signal is not used: 'size'",
        "WIDTHTRUNC: /rtl/tables/two.v: Operator ASSIGN expects 3 bits",
    ]
    assert [waiver.file for waiver in waivers.unused()] == ["*/two.v", "*"]


def test_each_waiver_is_of_one_signal_of_one_file_but_open_ports_and_fields_of_buses() -> None:
    """A file that is there."""
    path = RTL / "lint.vlt"
    listed = Waivers.read(path).listed
    assert len(listed) == path.read_text().count("lint_off")
    files = {f"*/{file.name}" for file in (*rtl_sources(), *rtl_headers().glob("*.vh"))}
    wide = {(one.rule, one.file) for one in listed if one.file not in files or one.message.count("'") != 2}
    assert wide == {("PINCONNECTEMPTY", "*"), ("UNUSEDSIGNAL", "*_wires.vh")}
