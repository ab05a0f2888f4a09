"""The host's commands in captures: in their order, with their data, and what has no answer or a bad one."""

import json
from pathlib import Path

import pytest

from mirrorlog.convert import captures
from mirrorlog.convert.trace import Account, Asked, ConvertError, Piece
from mirrorlog.simulate.workload import RequestKind
from mirrorlog.tables.shared_memory import Parameters
from tests.model.captures import Capture

READ, WRITE, FLUSH = RequestKind.READ, RequestKind.WRITE, RequestKind.FLUSH


def command(tag: int, opcode: int = 2, size: int = 512, system: int = 1) -> dict[str, object]:
    """A command, whose position is its tag's block."""
    return {
        "event": "host_command", "system": system, "cycle": 1, "time": 100 * tag, "opcode": opcode, "tag": tag,
        "volume": 1, "position": 512 * tag, "size": size,
    }  # fmt: skip


def data(size: int = 512) -> dict[str, object]:
    """A packet of write data."""
    return {"event": "write_data", "system": 1, "cycle": 1, "bytes": size}


def answer(tag: int, status: int = 0) -> dict[str, object]:
    """A response."""
    return {"event": "host_response", "system": 1, "cycle": 1, "tag": tag, "status": status}


def reset(write_data: int) -> dict[str, object]:
    """A reset, with bytes of write data that were cut off."""
    return {
        "event": "reset", "system": 1, "cycle": 2, "incarnation": 1, "first_cycle": 3, "write_data": write_data,
        "read_data": 0, "path_in": 0, "path_out": 0, "devices": [],
    }  # fmt: skip


def read(folder: Path, *events: dict[str, object], system: int | None = None) -> tuple[list[Asked], Account]:
    """Read a capture of these events."""
    capture, account = Capture(), Account()
    capture.begin([(Parameters(system=number), False) for number in (1, 2)])
    capture.lines += [json.dumps(event) for event in events]
    (folder / "c.jsonl").write_text("".join(f"{line}\n" for line in capture.lines))
    return list(captures.read(folder / "c.jsonl", account, system)), account


def shown(asked: list[Asked]) -> list[tuple[RequestKind, int, int | None]]:
    """Return what requests are, and where their data lies."""
    return [(r.kind, r.position, r.data.offset if isinstance(r.data, Piece) else None) for r in asked]


def test_commands_come_in_the_order_in_which_they_were_taken(tmp_path: Path) -> None:
    """Whatever the order of their answers; the data may come before its command."""
    events = [data(1024), command(1, size=1024), command(2, 3), command(3), command(4, 1)]
    asked, account = read(tmp_path, *events, answer(4), answer(2), data(), answer(3), answer(1))
    assert shown(asked) == [(WRITE, 512, 0), (FLUSH, 0, None), (WRITE, 1536, 1024), (READ, 2048, None)]
    assert [request.time for request in asked] == [100, 200, 300, 400]
    assert asked[0].data == Piece(tmp_path / "c.write_data1", 0) and {r.name for r in asked} == {"volume1"}
    assert not account.unused and not account.notes


def test_what_was_refused_is_left_out_and_its_data_skipped(tmp_path: Path) -> None:
    asked, account = read(
        tmp_path, command(1), data(), answer(1, 4), command(2, 9, 0), answer(2, 1), command(3), data(), answer(3)
    )
    assert shown(asked) == [(WRITE, 1536, 512)]
    assert account.unused == {
        "refused or failed, status VOLUME_ABNORMAL": (1, f"{tmp_path / 'c.jsonl'}:2: write"),
        "commands that are no read, write, flush or discard": (1, f"{tmp_path / 'c.jsonl'}:5: opcode 9"),
    }


def test_writes_without_an_answer_are_kept_over_a_reset_and_at_the_end(tmp_path: Path) -> None:
    events = [command(1), command(2), data(), command(3, 3), reset(100), command(4), data(), command(5, 1)]
    asked, account = read(tmp_path, *events)
    assert shown(asked) == [(WRITE, 512, 0), (WRITE, 2048, 612)]
    assert {reason: count for reason, (count, _) in account.notes.items()} == {
        "writes without an answer, which may have been carried out": 2
    }
    assert {reason: count for reason, (count, _) in account.unused.items()} == {
        "writes whose data did not come": 1,
        "reads and flushes without an answer": 2,
    }


def test_another_systems_host_may_be_asked_for(tmp_path: Path) -> None:
    asked, _ = read(tmp_path, command(1, 1), command(2, 1, system=2), answer(1) | {"system": 2, "tag": 2}, system=2)
    assert shown(asked) == [(READ, 1024, None)]


def test_what_is_wrong_names_the_line(tmp_path: Path) -> None:
    for events, system, said in (
        ([answer(5)], None, "c.jsonl:2: field tag: 5 is that of no command"),
        ([{"event": "nothing", "system": 1}], None, "c.jsonl: line 2: field event: 'nothing' is no event"),
        ([answer(5)], 7, "c.jsonl: has no system 7"),
    ):
        with pytest.raises(ConvertError, match=said):
            read(tmp_path, *events, system=system)
