"""`mirrorlog convert`: what it writes, that `simulate` takes it, and what it says."""

import random
from pathlib import Path

import pytest

from mirrorlog.__main__ import main
from mirrorlog.simulate.workload import RequestKind, Workload
from tb.running.options import OptionError, parse
from tb.sim import settings_for
from tests.model.convert.test_readers import BLKPARSE, FIO3, MSR

TERABYTE = 1 << 40
LOG = "fio version 3 iolog\n0 a add\n0 b add\n0 a write 512 1024\n5 b write 4096 512\n7 a trim 0 512\n9 a sync 0 0\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is in the test's folder."""
    monkeypatch.chdir(tmp_path)


def listed() -> list[str]:
    """Return what is in the folder."""
    return sorted(path.name for path in Path().iterdir())


def convert(text: str, *options: str, prefix: str = "t") -> Workload:
    """Convert a trace and load what came out."""
    Path("t.log").write_text(text)
    assert main(["convert", "t.log", "--out", prefix, *options]) == 0
    return Workload.load(prefix)


def asked(workload: Workload) -> list[tuple[int, RequestKind, int, int, int]]:
    """Return what its requests are."""
    return [(r.volume, r.kind, r.position, r.size, r.time) for r in workload.requests]


def test_a_converted_log_loads_with_seeded_data_and_empty_volumes(capsys: pytest.CaptureFixture[str]) -> None:
    workload = convert(LOG, "--seed", "7")
    assert asked(workload) == [
        (1, RequestKind.WRITE, 512, 1024, 0),
        (2, RequestKind.WRITE, 4096, 512, 5_000),
        (1, RequestKind.DISCARD, 0, 512, 7_000),
        (1, RequestKind.FLUSH, 0, 0, 9_000),
    ]
    assert workload.payload == b"".join(map(random.Random(7).randbytes, (1024, 512)))
    assert {volume: (image.size, image.pieces) for volume, image in workload.volumes.items()} == {
        1: (1 << 20, ()),
        2: (1 << 20, ()),
    }
    assert listed() == ["t.iolog", "t.log", "t.payload", "t.volume1.img", "t.volume2.img"]
    assert capsys.readouterr().out == (
        "files          t.iolog t.payload t.volume1.img t.volume2.img\n"
        "requests       4 in 0.000009 s\nwrites         2 of 1,536 bytes\nreads          0\nflushes        1\n"
        "discards       1\n"
        "volume1        1,048,576 bytes: a\nvolume2        1,048,576 bytes: b\n"
    )


def test_each_format_is_known_by_its_first_line() -> None:
    for number, (text, requests) in enumerate(((FIO3, 5), (MSR, 2), (BLKPARSE, 10))):
        Path("t.log").write_text(text)
        assert main(["convert", "t.log", "--out", f"t{number}"]) == 0
        assert len(Workload.load(f"t{number}").requests) == requests


def test_reading_back_what_was_written_gives_the_same_requests(seed: int) -> None:
    """Any trace, converted, and the log of that converted again."""
    rng = random.Random(seed)
    text, time = "fio version 3 iolog\n", 0
    for _ in range(300):
        time += rng.randrange(200)
        action = rng.choice(("read", "write", "write", "sync", "trim"))
        size = 0 if action == "sync" else 512 * rng.randrange(1, 20)
        position = 0 if action == "sync" else 512 * rng.randrange(1 << 30)
        text += f"{time} disk{rng.randrange(3)} {action} {position} {size}\n"
    first = convert(text, "--seed", "3")
    assert main(["convert", "t.iolog", "--out", "u", "--seed", "3"]) == 0
    again = Workload.load("u")
    assert asked(again) == asked(first) and again.payload == first.payload and again.volumes == first.volumes
    assert Path("u.iolog").read_bytes() == Path("t.iolog").read_bytes()


def test_traces_of_several_disks_are_merged_in_the_order_of_time() -> None:
    for disk in (0, 1):
        Path(f"{disk}.csv").write_text("".join(f"{100 + 10 * n + disk},h,{disk},Write,0,512,1\n" for n in range(3)))
    assert main(["convert", "1.csv", "0.csv", "--out", "t", "--map", "h.0=3"]) == 0
    assert [(volume, time) for volume, _, _, _, time in asked(Workload.load("t"))] == [
        (3, 0), (1, 0), (3, 1_000), (1, 1_000), (3, 2_000), (1, 2_000),
    ]  # fmt: skip


def test_a_volume_of_terabytes_takes_no_room_and_simulate_takes_it(capsys: pytest.CaptureFixture[str]) -> None:
    position = 4 * TERABYTE
    convert(f"fio version 3 iolog\n0 a write {position} 4096\n10 a write 0 512\n20 a sync 0 0\n")
    file = Path("t.volume1.img").stat()
    assert file.st_size == position + (1 << 20) and file.st_blocks == 0
    assert main(["simulate", "--trace", "t", "--fail-original-after", "2", "--out", "out"]) == 0

    said = dict(line.split(None, 1) for line in capsys.readouterr().out.splitlines() if line.startswith("consistent"))
    assert said == {"consistent": "True"}
    held = Path("out/volume1.img")
    assert held.stat().st_size == file.st_size and held.stat().st_blocks < 1000


def test_discards_are_simulated_and_a_disk_of_them_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    text = f"fio version 3 iolog\n0 a write 0 4096\n1 a trim 512 2048\n2 a trim 0 {TERABYTE}\n9 a read 0 512\n"
    workload = convert(text)
    assert [(request.kind, request.size) for request in workload.requests][1:] == [
        (RequestKind.DISCARD, 2048),
        (RequestKind.READ, 512),
    ]
    assert workload.writes == 2
    assert f"1: discards with which there are more than {1 << 30} bytes" in capsys.readouterr().out
    assert main(["simulate", "--trace", "t", "--fail-original-after", "2", "--out", "out"]) == 0
    assert "host_writes              2\n" in capsys.readouterr().out
    assert main(["simulate", "--trace", "t", "--topology", "three", "--out", "three"]) == 0


def test_a_trace_with_a_smaller_scale_runs_through_simulate(capsys: pytest.CaptureFixture[str]) -> None:
    convert(MSR, "--volume-bytes", "65536", "--scale", "fit")
    assert main(["simulate", "--trace", "t"]) == 0
    out = capsys.readouterr().out
    assert "scale          positions divided by " in out and "restored_writes          1\n" in out


def test_nothing_is_left_of_a_conversion_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("t.log").write_text(LOG + "10 a write 0 x\n")
    assert main(["convert", "t.log", "--out", "t"]) == 2
    Path("t.log").write_text(LOG)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mirrorlog.convert.workload_files._write_log", full)
    assert main(["convert", "t.log", "--out", "t"]) == 2
    assert listed() == ["t.log"]


def test_make_sim_refuses_volumes_that_its_devices_cannot_hold() -> None:
    """Before anything is built."""
    workload = convert(LOG, "--volume-bytes", str(TERABYTE))
    with pytest.raises(OptionError, match=f"volumes of {2 * TERABYTE} bytes together"):
        settings_for(parse(["TRACE=t"]), workload)
    assert settings_for(parse(["TRACE=t"]), convert(LOG, "--volume-bytes", "8192", prefix="u")).layout.volumes
