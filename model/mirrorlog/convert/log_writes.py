"""Logs of writes in the format of Linux's dm-log-writes, which QEMU's blklogwrites writes too.

Sector 0 is the superblock. Behind it lie the entries, each a sector that begins with the fields of `_ENTRY` and, unless
it is a discard, the `nr_sectors` sectors of its data. Sectors are as large as the superblock says, all numbers are
little-endian (drivers/md/dm-log-writes.c, struct log_write_super and log_write_entry; log_one_block).
"""

import struct
from collections.abc import Iterable, Iterator
from enum import IntFlag
from pathlib import Path
from typing import BinaryIO, NamedTuple

from mirrorlog.convert.data import WriteData
from mirrorlog.convert.trace import Account, Asked, ConvertError, Piece
from mirrorlog.convert.volumes import Placed
from mirrorlog.simulate.workload import RequestKind

MAGIC = 0x6A736677736872
VERSION = 1
SECTOR_BYTES = 512
"""Of the logs that are written here."""

# blklogwrites takes powers of two below 2^24
MOST_SECTOR_BYTES = 1 << 23
_SUPER = struct.Struct("<QQQI")
_ENTRY = struct.Struct("<QQQQ")


class Flag(IntFlag):
    """What an entry is, beside a write."""

    FLUSH = 1
    FUA = 2
    DISCARD = 4
    MARK = 8
    METADATA = 16


_ALL = sum(Flag)
_FLAGS = {RequestKind.FLUSH: Flag.FLUSH, RequestKind.DISCARD: Flag.DISCARD}


class Entry(NamedTuple):
    """One entry: `number` from 0, `place` as messages name it, `position` and `size` in bytes, and where its data lies
    (of a MARK its text).
    """

    number: int
    place: str
    flags: Flag
    position: int
    size: int
    data: Piece
    mark: bytes


def is_log(path: Path) -> bool:
    """Does a file begin as a log does?"""
    with path.open("rb") as file:
        return file.read(8) == MAGIC.to_bytes(8, "little")


def entries(path: Path, account: Account | None = None) -> Iterator[Entry]:
    """Yield as many entries as the superblock counts. Raises ConvertError for what is no log, OSError."""
    with path.open("rb") as file:
        end = file.seek(0, 2)
        count, sector = _superblock(path, file)
        at = sector
        for number in range(count):
            entry = _entry(path, file, number, at, sector)
            at += sector
            if Flag.DISCARD not in entry.flags:
                at += entry.size
            if at > end:
                raise ConvertError(f"{entry.place}: is truncated: ends at byte {at}, the file at {end}")
            yield entry
        file.seek(at)
        if account is not None and file.read(sector).strip(b"\0"):
            # QEMU updates the superblock at a flush and now and then, dm-log-writes at a FUA write and at a mark
            account.note(f"the superblock counts {count} entries; what is behind them is not read", f"{path} byte {at}")


def read(path: Path, account: Account) -> Iterator[Asked]:
    """Yield what a log's entries ask for, of a volume with the name of the file; they have no times. A flush comes
    before the data of its entry, and, for FUA, behind it."""
    for entry in entries(path, account):
        flush = Asked(entry.place, path.name, RequestKind.FLUSH, 0, 0, None)
        if Flag.MARK in entry.flags:
            account.leave_out("marks", entry.place, entry.mark.decode("utf-8", "replace"))
        if Flag.FLUSH in entry.flags:
            yield flush
        if Flag.DISCARD in entry.flags:
            yield Asked(entry.place, path.name, RequestKind.DISCARD, entry.position, entry.size, None)
        elif entry.size:
            yield Asked(entry.place, path.name, RequestKind.WRITE, entry.position, entry.size, None, entry.data)
        if Flag.FUA in entry.flags:
            yield flush


def write(path: Path, requests: Iterable[Placed], volume: int, data: WriteData) -> int:
    """Write a log of what one volume was asked for but reads; returns how many entries. Raises ConvertError, OSError.

    Writes of other volumes are given, too, so that seeded data is that of a workload made of the same trace.
    """
    count = 0
    with path.open("wb") as file:
        file.write(bytes(SECTOR_BYTES))
        for request in requests:
            content = data.of(request) if request.kind is RequestKind.WRITE else b""
            if request.kind is RequestKind.READ or request.volume != volume:
                continue
            flags = _FLAGS.get(request.kind, Flag(0))
            fields = _ENTRY.pack(request.position // SECTOR_BYTES, request.size // SECTOR_BYTES, flags, 0)
            file.write(fields.ljust(SECTOR_BYTES, b"\0"))
            file.write(content)
            count += 1
        file.seek(0)
        file.write(_SUPER.pack(MAGIC, VERSION, count, SECTOR_BYTES))
    return count


def _superblock(path: Path, file: BinaryIO) -> tuple[int, int]:
    """Return the number of entries and the bytes of a sector."""
    file.seek(0)
    block = file.read(_SUPER.size)
    if len(block) < _SUPER.size:
        raise ConvertError(f"{path}: superblock: is truncated: {len(block)} bytes")
    magic, version, count, sector = _SUPER.unpack(block)
    if magic != MAGIC:
        raise ConvertError(f"{path}: superblock: field magic: is {magic:#x}, expected {MAGIC:#x}")
    if version != VERSION:
        raise ConvertError(f"{path}: superblock: field version: is {version}, expected {VERSION}")
    if not SECTOR_BYTES <= sector <= MOST_SECTOR_BYTES or sector & (sector - 1):
        raise ConvertError(
            f"{path}: superblock: field sectorsize: {sector} is no power of two from {SECTOR_BYTES} to"
            f" {MOST_SECTOR_BYTES}"
        )
    return count, sector


def _entry(path: Path, file: BinaryIO, number: int, at: int, sector: int) -> Entry:
    place = f"{path}: entry {number} (byte {at})"
    file.seek(at)
    block = file.read(sector)
    if len(block) < sector:
        raise ConvertError(f"{place}: is truncated: {len(block)} bytes of its sector of {sector}")
    first, sectors, flags, data_bytes = _ENTRY.unpack_from(block)
    if flags & ~_ALL:
        raise ConvertError(f"{place}: field flags: {flags:#x} has bits that are not known")
    if not flags and not sectors:
        raise ConvertError(f"{place}: field nr_sectors: is 0 without a flag")
    if (first + sectors) * sector >= 1 << 64:
        raise ConvertError(f"{place}: field sector: {first} and nr_sectors {sectors} end beyond 2^64 bytes")
    mark = b""
    if flags & Flag.MARK:
        if data_bytes > sector - _ENTRY.size:
            raise ConvertError(f"{place}: field data_len: {data_bytes} is more than its sector has")
        mark = block[_ENTRY.size : _ENTRY.size + data_bytes]
    return Entry(number, place, Flag(flags), first * sector, sectors * sector, Piece(path, at + sector), mark)
