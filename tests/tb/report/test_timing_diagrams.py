"""The timing diagrams: what is drawn of what the channels did, and that the drawings of the documents are these."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tb.handles.channels import RECORD
from tb.report.channels import columns, last_columns
from tb.report.timing_diagrams import DIAGRAMS, A, B, Diagram, drawn, main, window
from tools.sources import ROOT

SVG = "{http://www.w3.org/2000/svg}"
WRITE = Diagram("write", "A write <1>", (A, "command", "beat"), (A, RECORD, "2/1280"), (A, RECORD, "3/3"), (
    (A, "command"), (A, "data"), (A, RECORD),
))  # fmt: skip


def taken() -> dict[str, dict[str, list[int | str]]]:
    """A command that waits two cycles, four beats of data, a record, and one much later; another record before."""
    cycles: dict[str, list[int | str]] = {name: [0] * 60 for name in ("command", "data", RECORD)}
    cycles[RECORD][2] = "3/3"
    cycles["command"][10:13] = [1, 1, "beat"]
    cycles["data"][14:18] = ["beat"] * 4
    cycles[RECORD][20], cycles[RECORD][50] = "2/1280", "3/3"
    return {A: cycles, B: cycles}


def test_a_diagram_shows_the_cycles_of_what_it_is_about() -> None:
    """From the command of the record to the end behind it, one more on each side."""
    assert window(taken(), WRITE) == range(11, 52)


def test_cycles_in_which_nothing_happens_are_cut_out() -> None:
    """All but the first and the last of many; none of few."""
    row: list[int | str] = [0, "beat", *[0] * 5, 1, *[0] * 20, "beat"]
    parts = columns([row])
    assert [len(part) for part in parts] == [1] * 9 + [18] + [1] * 2
    assert [cycle for part in parts for cycle in part] == list(range(len(row)))


def test_a_drawing_has_boxes_for_transfers_and_frames_for_waiting() -> None:
    """With the number of beats, and records with what they are."""
    picture = ElementTree.fromstring(drawn(taken(), WRITE))
    texts = [text.text for text in picture.iter(f"{SVG}text")]
    assert "A write <1>" in texts and "A: data" in texts and "4" in texts and "+27" in texts
    assert texts[-2:] == ["2/1280  command reception: write in cache", "3/3  read write: journal durable"]
    boxes = [box.get("fill") for box in picture.iter(f"{SVG}rect")][1:]
    assert boxes.count("none") == 1 and boxes.count("#cfe2f5") == 1 + 1 + 2


def test_the_drawings_of_the_documents_are_those_that_are_made() -> None:
    """With these channels; docs/timing.md shows each."""
    document = (ROOT / "docs" / "timing.md").read_text()
    for diagram in DIAGRAMS:
        picture = ElementTree.parse(ROOT / "docs" / f"{diagram.name}.svg").getroot()
        texts = [text.text for text in picture.iter(f"{SVG}text")]
        assert diagram.title in texts and f"({diagram.name}.svg)" in document
        assert [text for text in texts if text and text[:3] in ("A: ", "B: ")] == [
            f"{'AB'[int(system) - 1]}: {name}" for system, name in diagram.channels
        ]
        codes = [place[2] for place in (diagram.begin, diagram.about, diagram.end) if place[1] == RECORD]
        assert set(codes) <= set(texts)


@pytest.mark.parametrize("arguments", [[], ["{}/none"], ["{}", "{}"]])
def test_a_folder_is_needed(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line, before anything is simulated."""
    assert main([argument.format(tmp_path) for argument in arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ") and said.count("\n") == 1


def test_the_last_cycles_before_a_place_and_what_does_something_in_them_are_drawn() -> None:
    """Behind it nothing counts; with columns enough all of it is shown."""
    shown, channels = last_columns(taken(), 3, 19)
    assert shown == range(16, 19) and channels == [(A, "data"), (B, "data")]
    assert last_columns(taken(), 100)[0] == range(60)
