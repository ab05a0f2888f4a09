"""Reading recorded workloads: what is accepted, and that everything else is one clear line."""

import lzma
from pathlib import Path

import pytest

from mirrorlog.simulate.workload import RequestKind, Workload, WorkloadError

LOG = (
    "fio version 3 iolog\n0 volume1 add\n0 volume1 open\n1 volume1 write 512 1024\n2 volume1 sync 0 0\n"
    "3 volume1 read 0 512\n4 volume1 write 0 512\n9 volume1 close\n"
)


def make_trace(
    folder: Path, log: str = LOG, payload: bytes = bytes(range(256)) * 6, image: bytes = bytes(4096)
) -> Path:
    """Write a small trace into `folder` and return its prefix."""
    (folder / "t.iolog").write_text(log)
    (folder / "t.payload.xz").write_bytes(lzma.compress(payload))
    (folder / "t.volume1.img.xz").write_bytes(lzma.compress(image))
    return folder / "t"


def test_workload_holds_requests_payload_and_images(tmp_path: Path) -> None:
    workload = Workload.load(make_trace(tmp_path))
    assert [
        (request.line, request.kind, request.position, request.size, request.payload_offset, request.time)
        for request in workload.requests
    ] == [
        (4, RequestKind.WRITE, 512, 1024, 0, 1_000),
        (5, RequestKind.FLUSH, 0, 0, 0, 2_000),
        (6, RequestKind.READ, 0, 512, 0, 3_000),
        (7, RequestKind.WRITE, 0, 512, 1024, 4_000),
    ]
    assert workload.data(workload.requests[3]) == bytes(range(256)) * 2
    assert {volume: image.whole() for volume, image in workload.volumes.items()} == {1: bytes(4096)}


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("version 3", "version 2", "t.iolog:1:", "expected 'fio version 3 iolog'"),
        ("9 volume1 close\n", "", "t.iolog:7:", "truncated"),
        ("volume1 close\n", "volume1 clo", "t.iolog:8:", "truncated"),
        ("write 512 1024", "write 3584 1024", "t.iolog:4:", "beyond volume1"),
        ("1 volume1 write", "1 volume7 write", "t.iolog:4:", "unknown volume volume7"),
        ("1 volume1 write", "1 disk write", "t.iolog:4:", "unknown volume 'disk'"),
        ("0 volume1 add", "0 volume9 add", "t.iolog:2:", "volume9.img.xz does not exist, nor t.volume9.img"),
        ("0 volume1 open\n", "", "t.iolog:3:", "not open"),
        ("write 512 1024", "write 512 1000", "t.iolog:4:", "multiples of 512"),
        ("write 512 1024", "write 512 -1", "t.iolog:4:", "'-1' is no number"),
        ("write 512 1024", "write 512", "t.iolog:4:", "expected TIME FILE ACTION"),
        ("read 0 512", "wait 0 512", "t.iolog:6:", "unknown action 'wait'"),
        ("3 volume1 read", "1 volume1 read", "t.iolog:6:", "before the line above"),
        ("write 0 512", "write 0 1024", "t.iolog:7:", "needs 1024 bytes at 1024"),
        ("write 0 512", "read 0 512", "t.payload.xz:", "holds 1536 bytes"),
    ],
)
def test_a_bad_log_is_refused_naming_file_and_line(tmp_path: Path, old: str, new: str, place: str, words: str) -> None:
    assert LOG.count(old) == 1
    with pytest.raises(WorkloadError) as caught:
        Workload.load(make_trace(tmp_path, LOG.replace(old, new)))
    assert place in str(caught.value)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["t.iolog", "t.payload.xz", "t.volume1.img.xz"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    prefix = make_trace(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(WorkloadError, match=name.replace(".", r"\.")):
        Workload.load(prefix)


@pytest.mark.parametrize("name", ["t.payload.xz", "t.volume1.img.xz"])
def test_a_truncated_or_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    prefix = make_trace(tmp_path)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[:-20])
    with pytest.raises(WorkloadError, match=name.replace(".", r"\.") + ".*truncated"):
        Workload.load(prefix)
    (tmp_path / name).write_bytes(b"no xz at all")
    with pytest.raises(WorkloadError, match=name.replace(".", r"\.") + ".*cannot be read"):
        Workload.load(prefix)


def test_the_recorded_bank_workload_loads() -> None:
    workload = Workload.load(Path(__file__).parents[2] / "data" / "bank")
    writes = [request for request in workload.requests if request.kind is RequestKind.WRITE]
    assert len(writes) == 373
    assert sum(request.size for request in writes) == len(workload.payload)
    assert sorted(workload.volumes) == [1, 2]


def test_times_of_a_version_3_log_are_microseconds() -> None:
    """The bank was recorded in parts of a second."""
    bank = Workload.load(Path(__file__).parents[2] / "data" / "bank")
    log = (Path(__file__).parents[2] / "data" / "bank.iolog").read_text().splitlines()
    assert bank.requests[-1].time == 1000 * int(log[bank.requests[-1].line - 1].split()[0])
    assert 0.1 < bank.seconds < 1


def test_a_volume_may_be_a_sparse_file_of_terabytes(tmp_path: Path) -> None:
    prefix, size = make_trace(tmp_path), 5 << 40
    (tmp_path / "t.volume1.img.xz").unlink()
    with (tmp_path / "t.volume1.img").open("wb") as image:
        for at, data in ((1 << 20, b"one"), (3 << 40, bytes(8192)), (4 << 40, b"two")):
            image.seek(at)
            image.write(data)
        image.truncate(size)
    volume = Workload.load(prefix).volumes[1]
    assert volume.size == size and sum(len(data) for _, data in volume.pieces) < 1 << 22
    assert [data.strip(b"\0") for _, data in volume.pieces] == [b"one", b"two"]
    assert [at + data.index(word) for (at, data), word in zip(volume.pieces, (b"one", b"two"), strict=True)] == [
        1 << 20,
        4 << 40,
    ]


def test_data_may_lie_in_a_file_that_is_not_compressed(tmp_path: Path) -> None:
    prefix = make_trace(tmp_path)
    payload = Workload.load(prefix).payload
    (tmp_path / "t.payload").write_bytes(payload)
    with pytest.raises(WorkloadError, match=r"t\.payload\.xz: is there, and t\.payload too"):
        Workload.load(prefix)
    (tmp_path / "t.payload.xz").unlink()
    assert Workload.load(prefix).payload == payload
    (tmp_path / "t.payload").write_bytes(payload[:-1])
    with pytest.raises(WorkloadError, match=r"of .*t\.payload, which holds 1535 bytes"):
        Workload.load(prefix)


def test_a_volume_has_one_image_of_whole_blocks(tmp_path: Path) -> None:
    prefix = make_trace(tmp_path)
    (tmp_path / "t.volume1.img").write_bytes(bytes(100))
    with pytest.raises(WorkloadError, match=r"t\.volume1\.img\.xz: is there, and t\.volume1\.img too"):
        Workload.load(prefix)
    (tmp_path / "t.volume1.img.xz").unlink()
    with pytest.raises(WorkloadError, match=r"t\.volume1\.img: 100 bytes are no volume"):
        Workload.load(prefix)
