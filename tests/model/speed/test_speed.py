"""The model's own speed: what is measured is what it says."""

import io
import json
from pathlib import Path

import pytest

from mirrorlog.__main__ import main
from mirrorlog.compare.comparison import Comparison
from mirrorlog.formats.commit_record import Creation, Process
from mirrorlog.formats.outcomes import CommandOutcome, ReadWriteOutcome
from mirrorlog.speed.capture import HostCapture
from mirrorlog.speed.command import _topology, bytes_per_freed_journal, replicate


def test_what_is_timed_is_restored_on_the_other_side() -> None:
    topology = _topology()
    replicate(topology, 200, 0)
    assert topology.image(1, 1) == topology.image(2, 1)
    assert topology.secondary(0).restore.restored_number(0) == 200


def test_freed_journals_leave_no_memory_behind() -> None:
    assert bytes_per_freed_journal(4000) < 4


def test_the_capture_that_is_compared_is_of_journaled_writes_and_reads() -> None:
    capture = HostCapture(100)
    files = {name: io.BytesIO(data) for name, data in capture.data.items()}
    comparison = Comparison(lambda name, size: files[name].read(size))
    comparison.follow(capture.lines)
    comparison.finish()
    commands = Process.COMMAND_RECEPTION
    assert comparison.exits[commands, CommandOutcome.WRITTEN, Creation.HOST_WRITE_CREATED, 0] == 100
    assert comparison.exits[commands, CommandOutcome.READ_TAKEN, 0, 0] == 100
    assert comparison.exits[Process.READ_WRITE, ReadWriteOutcome.JOURNAL_DURABLE, 0, 0] == 100
    assert not any(file.read() for file in files.values())


def test_the_command_writes_its_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "speed.json"
    assert main(["speed", "--writes", "64", "--out", str(out)]) == 0
    figures = json.loads(out.read_text())
    assert figures["replicated_writes_per_second"] > 0 and figures["compared_records_per_second"] > 0
    assert "explored_steps_per_second" in capsys.readouterr().out
    assert main(["speed", "--writes", "1"]) == 2
