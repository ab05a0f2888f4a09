"""The figures of `make benchmark`, from captures made by hand."""

import json
import zlib
from pathlib import Path

import pytest

from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from tb.benchmark.replication import BEAT_BYTES, Load, Measurement, Replicated
from tb.report.figures import Capture

SIZE = 4096
GAP = 100


def journals(count: int) -> bytes:
    """Return a packet of journals."""
    data = bytes(SIZE)
    information = UpdateInformation(1, 0, 0, 0, 0, SIZE, zlib.crc32(data), 1, 1, 4, JournalKind.HOST_WRITE)
    return Packet(PacketType.JOURNALS, 1, 2, 1, 1, journals=[(information, data)] * count).pack()


def capture(folder: Path, packets: list[bytes]) -> Replicated:
    """Return a run in which the first system sends packets, GAP idle cycles between them."""
    cycle, events = 1000, []
    for packet in packets:
        cycle += len(packet) // BEAT_BYTES + GAP
        events.append({"event": "packet_out", "system": 1, "cycle": cycle, "bytes": len(packet)})
        events.append({"event": "device_write", "system": 2, "device": 0, "cycle": cycle, "bytes": SIZE})
        events.append({"event": "device_write", "system": 1, "device": 0, "cycle": cycle, "bytes": 2 * SIZE})
    (folder / "capture.path1_out").write_bytes(b"".join(packets))
    file = folder / "capture.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in events))
    return Replicated(Load(1, SIZE, 0), Capture.read(file), file, 0, cycle)


def test_the_paths_share_of_write_data_counts_idle_cycles_and_all_other_beats(folder: Path) -> None:
    """Header, update information, trailer, and an answer without journals."""
    empty = Packet(PacketType.NO_JOURNAL, 1, 2, 1, 1).pack()
    share, packed = capture(folder, [journals(1), journals(2), empty, journals(4)]).path_data()
    data = 6 * SIZE // BEAT_BYTES
    beats = data + (1 + 2 + 1) + (1 + 4 + 1)
    assert packed == pytest.approx(data / beats)
    assert share == pytest.approx(data / (beats + 1 + 3 * GAP))


def test_each_system_and_device_is_measured_by_itself_from_begin_to_end(folder: Path) -> None:
    """The secondary's data device has half of what the original's has."""
    run = capture(folder, [journals(1)] * 3)
    assert run.bytes_written(2, 0) == 3 * SIZE
    assert run.bytes_written(1, 0) == 6 * SIZE
    assert run.bytes_written(2, 1) == 0
    assert run.beats_per_cycle(1, 0) == pytest.approx(2 * run.beats_per_cycle(2, 0))


@pytest.mark.parametrize(("size", "round_trip", "commands"), [(4096, 0, 4), (4096, 20_000, 28), (512, 20_000, 47)])
def test_commands_in_flight_fill_the_round_trip(size: int, round_trip: int, commands: int) -> None:
    """With packets of 64 KiB or 64 journals."""
    assert Load(1, size, round_trip).commands == commands


@pytest.mark.parametrize(
    ("value", "target", "least", "met"),
    [
        (95.0, 95.0, True, True),
        (94.9, 95.0, True, False),
        (8.0, 8.0, False, True),
        (9.0, 8.0, False, False),
        (1.0, None, True, True),
    ],
)
def test_a_missed_target_is_told(value: float, target: float | None, least: bool, met: bool) -> None:
    """At least, or at most."""
    assert Measurement("", value, "%", target, least).met is met
