"""Traces of fio, blkparse and MSR Cambridge: what each line becomes, and that a malformed one is one clear line."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mirrorlog.convert import blkparse, fio, msr
from mirrorlog.convert.trace import Account, Asked, ConvertError
from mirrorlog.simulate.workload import RequestKind

READ, WRITE, FLUSH, DISCARD = RequestKind.READ, RequestKind.WRITE, RequestKind.FLUSH, RequestKind.DISCARD
FIO3 = (
    "fio version 3 iolog\n0 /dev/sda add\n1 /dev/sda open\n5 /dev/sda write 4096 8192\n7 /dev/sda datasync 0 0\n"
    "9 /dev/sdb read 512 512\n9 /dev/sda trim 0 4096\n9 /dev/sda sync_file_range 0 0\n11 /dev/sda fsync 0 0\n"
    "12 /dev/sda close\n"
)
FIO2 = (
    "fio version 2 iolog\ndisk add\ndisk open\ndisk write 0 512\ndisk wait 20 0\ndisk write 512 512\ndisk wait 5 0\n"
    "disk sync 0 0\ndisk close\n"
)
MSR = (
    "Timestamp,Hostname,DiskNumber,Type,Offset,Size,ResponseTime\n"
    "128166372003061629,usr,0,Read,7014609920,24576,41286\n128166372003061729,usr,1,Write,0,4096,9\n"
)
BLKPARSE = """\
  8,16   1        1     0.000000000  4162  Q  WS 2048 + 8 [dd]
  8,16   1        2     0.000001120  4162  G  WS 2048 + 8 [dd]
  8,16   1        3     0.000002000  4162  P   N [dd]
  8,16   1        4     0.000003000  4162  D  WS 2048 + 8 [dd]
  8,16   0        0     0.000003500     0  m   N cfq4162S dispatched a request
  8,16   1        5     0.000400000     0  C  WS 2048 + 8 [0]
  8,17   1        6     1.000500000  4162  Q   R 0 + 16 [dd]
  8,16   1        7     1.000600000  4162  Q FWFS 64 + 8 [jbd2/sdb-8]
  8,16   1        8     1.000700000  4162  Q FWS [jbd2/sdb-8]
  8,16   1        9     1.000800000  4162  Q   D 8192 + 2048 [fstrim]
  8,16   1       10     1.000900000  4162  Q   N 36 (12 00 ..) [smartd]
  8,16   1       11     1.001000000  4162  Q  WB 128 + 8 [old]
CPU1 (8,16):
 Reads Queued:           1,        8KiB  Writes Queued:           3,       12KiB
"""

Read = Callable[[Path, Account], Iterator[Asked]]


def read(reader: Read, text: str, folder: Path) -> tuple[list[Asked], Account]:
    """Read a trace."""
    file, account = folder / "t", Account()
    file.write_text(text)
    return list(reader(file, account)), account


def test_a_fio_log_of_version_3_is_read(tmp_path: Path) -> None:
    asked, account = read(fio.read, FIO3, tmp_path)
    assert [request[1:6] for request in asked] == [
        ("/dev/sda", WRITE, 4096, 8192, 5_000),
        ("/dev/sda", FLUSH, 0, 0, 7_000),
        ("/dev/sdb", READ, 512, 512, 9_000),
        ("/dev/sda", DISCARD, 0, 4096, 9_000),
        ("/dev/sda", FLUSH, 0, 0, 11_000),
    ]
    assert account.unused == {
        "action 'sync_file_range', which is none of fio's that a workload has": (
            1,
            f"{tmp_path / 't'}:8: 9 /dev/sda sync_file_range 0 0",
        ),
    }


def test_a_fio_log_of_version_2_has_the_times_that_it_waits_for(tmp_path: Path) -> None:
    """Milliseconds since the replay began, as read_iolog_get waits; a moment that has passed is not waited for."""
    asked, account = read(fio.read, FIO2, tmp_path)
    assert [request[2:6] for request in asked] == [
        (WRITE, 0, 512, None),
        (WRITE, 512, 512, 20_000_000),
        (FLUSH, 0, 0, 20_000_000),
    ]
    assert not account.unused


def test_an_msr_trace_is_read_with_its_disks_and_file_times(tmp_path: Path) -> None:
    asked, account = read(msr.read, MSR, tmp_path)
    assert [request[1:5] for request in asked] == [("usr.0", READ, 7014609920, 24576), ("usr.1", WRITE, 0, 4096)]
    assert [request.time for request in asked] == [12816637200306162900, 12816637200306172900]
    assert not account.unused


def test_queued_events_of_blkparse_are_read_and_the_others_counted(tmp_path: Path) -> None:
    asked, account = read(blkparse.read, BLKPARSE, tmp_path)
    assert [request[1:6] for request in asked] == [
        ("8,16", WRITE, 2048 * 512, 4096, 0),
        ("8,17", READ, 0, 8192, 1_000_500_000),
        ("8,16", FLUSH, 0, 0, 1_000_600_000),  # F before: flush first
        ("8,16", WRITE, 64 * 512, 4096, 1_000_600_000),
        ("8,16", FLUSH, 0, 0, 1_000_600_000),  # F behind: FUA
        ("8,16", FLUSH, 0, 0, 1_000_700_000),
        ("8,16", DISCARD, 8192 * 512, 2048 * 512, 1_000_800_000),
        ("8,16", FLUSH, 0, 0, 1_001_000_000),  # a barrier is both
        ("8,16", WRITE, 128 * 512, 4096, 1_001_000_000),
        ("8,16", FLUSH, 0, 0, 1_001_000_000),
    ]
    assert {reason: count for reason, (count, _) in account.unused.items()} == {
        "events of action G, not Q": 1,
        "events of action P, not Q": 1,
        "events of action D, not Q": 1,
        "events of action C, not Q": 1,
        "messages": 1,
        "requests without a range, or of another kind (RWBS N)": 1,
        "sums behind the events": 2,
    }
    assert len(BLKPARSE.splitlines()) == sum(count for count, _ in account.unused.values()) + 6


# What blkparse 1.2 prints of a trace that was made for it
PRINTED = """\
  8,16   0        2     0.000000000    42  Q  WS 2048 + 8 [dd]
  8,16   0        6     1.000500000    42  Q  RA 0 + 16 [dd]
  8,16   0        7     1.000600000    42  Q FWFS 64 + 8 [dd]
  8,16   0        8     1.000700000    42  Q FWS [dd]
  8,16   0        9     1.000710000    42  Q WFM 72 + 8 [dd]
  8,16   0       11     1.000900000    42  Q   R 36 [dd]
  8,16   0       12     1.000910000    42  P   N [dd]
CPU0 (x):
 Read depth:             0                Write depth:             1

Throughput (R/W): 0KiB/s / 4KiB/s
Events (x): 12 entries
Skips: 0 forward (0 -   0.0%)
Input file x.blktrace.0 added
"""


def test_what_blkparse_prints_is_read(tmp_path: Path) -> None:
    asked, account = read(blkparse.read, PRINTED, tmp_path)
    assert [request.kind for request in asked] == [WRITE, READ, FLUSH, WRITE, FLUSH, FLUSH, WRITE, FLUSH]
    assert {reason: count for reason, (count, _) in account.unused.items()} == {
        "requests without a range, or of another kind (RWBS R)": 1,
        "events of action P, not Q": 1,
        "sums behind the events": 6,
    }


@pytest.mark.parametrize(("action", "time"), [("D", 3_000), ("C", 400_000)])
def test_another_action_of_blkparse_may_be_taken(action: str, time: int, tmp_path: Path) -> None:
    asked, _ = read(lambda path, account: blkparse.read(path, account, action), BLKPARSE, tmp_path)
    assert [request[2:6] for request in asked] == [(WRITE, 2048 * 512, 4096, time)]


def test_a_trace_may_be_compressed(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(gzip.compress(MSR.encode()))
    assert len(list(msr.read(tmp_path / "t", Account()))) == 2
    (tmp_path / "t").write_bytes(gzip.compress(MSR.encode())[:-9])
    with pytest.raises(ConvertError, match="is truncated"):
        list(msr.read(tmp_path / "t", Account()))


@pytest.mark.parametrize(
    ("reader", "text", "old", "new", "said"),
    [
        (fio.read, FIO3, "version 3", "version 4", "t:1: field version: is 'fio version 4 iolog'"),
        (fio.read, FIO3, "5 /dev/sda write", "x /dev/sda write", "t:4: field time: 'x' is no number"),
        (fio.read, FIO3, "4096 8192", "-4096 8192", "t:4: field position: '-4096' is no number"),
        (fio.read, FIO3, "4096 8192", "4096 8k", "t:4: field size: '8k' is no number"),
        (fio.read, FIO3, "4096 8192", "4096", "t:4: field action: expected TIME FILE ACTION POSITION SIZE"),
        (fio.read, FIO3, "1 /dev/sda open", "1 /dev/sda opens", "t:3: field action: expected TIME"),
        (fio.read, FIO2, "disk wait 20 0", "5 disk wait 20 0", "t:5: field action: expected FILE"),
        (fio.read, FIO3, "12 /dev/sda close\n", "12 /dev/sda clo", "t:10: the last line has no end"),
        (msr.read, MSR, "128166372003061729", "12.5", "t:3: field Timestamp: '12.5' is no number"),
        (msr.read, MSR, "usr,1", ",1", "t:3: field Hostname: is empty"),
        (msr.read, MSR, "usr,1", "usr,one", "t:3: field DiskNumber: 'one' is no number"),
        (msr.read, MSR, "Write", "Trim", "t:3: field Type: 'Trim' is neither Read nor Write"),
        (msr.read, MSR, "0,4096,9", "-1,4096,9", "t:3: field Offset: '-1' is no number"),
        (msr.read, MSR, "0,4096,9", "0,,9", "t:3: field Size: '' is no number"),
        (msr.read, MSR, "0,4096,9", "0,4096", "t:3: field ResponseTime: there are 6 fields"),
        (msr.read, MSR, "0,4096,9", "0,4096,\u0663", "t:3: field ResponseTime: '\u0663' is no number"),
        (blkparse.read, BLKPARSE, "8,17 ", "8/17 ", "t:7: field device: '8/17' is no MAJOR,MINOR"),
        (blkparse.read, BLKPARSE, "8,17   1", "8,17   x", "t:7: field cpu: 'x' is no number"),
        (blkparse.read, BLKPARSE, "1.000500000", "1.5", "t:7: field time: '1.5' is no SECONDS.NANOSECONDS"),
        (blkparse.read, BLKPARSE, "Q   R 0", "Q   R? 0", "t:7: field RWBS: 'R?' is not known"),
        (blkparse.read, BLKPARSE, "R 0 + 16", "R 0 * 16", "t:7: field sector: '0 * 16 [dd]' is no SECTOR + SECTORS"),
        (blkparse.read, BLKPARSE, "R 0 + 16", "R 0 + 99999999999999999999", "t:7: field sectors: '9999999999"),
        (blkparse.read, BLKPARSE, "4162  P   N [dd]", "4162  P", "t:3: field RWBS: expected DEVICE CPU"),
    ],
)
def test_a_malformed_line_is_refused_naming_file_line_and_field(
    reader: Read, text: str, old: str, new: str, said: str, tmp_path: Path
) -> None:
    assert text.count(old) == 1
    with pytest.raises(ConvertError) as caught:
        read(reader, text.replace(old, new), tmp_path)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    """So is what has no lines: it is not read into memory."""
    with (tmp_path / "t").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ConvertError, match="t:1: a line of more than 1048576 characters"):
        list(fio.read(tmp_path / "t", Account()))
    (tmp_path / "t").write_bytes(b"fio version 3 iolog\n\xff\n")
    with pytest.raises(ConvertError, match="t: is no text"):
        list(fio.read(tmp_path / "t", Account()))
