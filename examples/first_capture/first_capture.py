"""Writes a capture of one host write that is journaled, and its data files: first_capture.py [FILE.jsonl]"""

import json
import sys
import zlib
from pathlib import Path

# bytes of the fields of a record (docs/commit_trace.md) and of update information (docs/connection_path.md), in order
RECORD = (1, 1, 2, 2, 1, 1, 6, 2, 2, 2, 2, *[1] * 6, 4, 8, 4, 4, *[8] * 4, *[6] * 8)
INFORMATION = (8, 8, 8, 8, 8, 4, 4, 2, 2, 2, 1, 1, 4)
# volume 1 (64 KiB on device 0) is "original"; its pair 0 and group 0 are "normal"; volume 2 (on device 1) is the
# group's journal volume, update information from byte 0 on, write data from byte 4096 on (docs/registers.md)
REGISTERS = ((0x1050, 65536), (0x1058, 0), (0x1040, 2), (0x1090, 65536), (0x10A0, 1), (0x1080, 1), (0x2000, 3),
    (0x4008, 1), (0x4010, 2), *((place, 4096) for place in (0x4088, 0x40A0, 0x40A8, 0x40C8)), (0x4000, 1))  # fmt: skip
lines = [{"event": "start", "format": "mirrorlog capture", "version": 3, "systems": [{"system": 1, "data_width": 512,
    "volumes": 8, "pairs": 8, "groups": 4, "devices": 2, "max_transfer_bytes": 16384, "entry_bytes": 64, "commands": 4,
    "window": 256, "device_base": 0, "first_cycle": 0, "incarnation": 0, "path": False}]}]  # fmt: skip


def pack(values: tuple[int, ...], sizes: tuple[int, ...]) -> bytes:
    return b"".join(value.to_bytes(size, "little") for value, size in zip(values, sizes, strict=True))


def add(event: str, **fields: object) -> None:
    """A line is a cycle here."""
    lines.append({"event": event, "system": 1, "cycle": len(lines), **fields})


def record(process: int, outcome: int, creation: int, *fields: int) -> None:
    packed = pack((2, process, outcome, creation, 0, 1, len(lines), *fields), RECORD)
    lines.append({"event": "record", "system": 1, "record": packed[::-1].hex()})


for address, value in REGISTERS:
    add("register_write", address=address, data=value, strobe=0xFF)
    record(1, 2, 0, 0, *[0xFFFF] * 3, *[0xFF] * 5, 0, 0xFF, address, 0, 0, value, *[0] * 11)
    add("register_response", data=0, resp=0)
# the host writes 512 bytes at byte 1024 of volume 1, at 4000 ns: journal 1 of group 0
data = bytes(range(256)) * 2
information = pack((1, 4000, 1024, 4096, 0, 512, zlib.crc32(data), 0, 1, 2, 0, 0, 0), INFORMATION)
journal = information + (info_crc := zlib.crc32(information)).to_bytes(4, "little")
write = (1, 0, 0, 2, 3, 1, 1, 0, 0, 512, 1024)  # volume, pair, group, their states, reason, reserved, size, position
group = (2, 0, 512, 64, 0)  # after the step: next number, copy complete address, data offset, newest, oldest
add("host_command", time=4000, opcode=2, tag=7, volume=1, position=1024, size=512)
add("write_data", bytes=512)
record(2, 1280, 1360, 7, *write, 512, info_crc, 1, *group, 0, 4608, 4096, 4096, 0, 0)
add("host_response", tag=7, status=0)
add("device_write", device=0, address=1024, bytes=512, resp=0)
record(3, 1, 0, 0, *write, 0, 0, 1, *group, 0, 4608, 4096, 4096, 0, 0)  # the volume write is done
add("device_write", device=1, address=0, bytes=64, resp=0)
add("device_write", device=1, address=4096, bytes=512, resp=0)
record(3, 3, 0, 0, *write, 0, 0, 1, *group, 64, 4608, 4096, 4608, 0, 0)  # the journal is durable: commit has moved
file = Path([*sys.argv, "first.jsonl"][1])
file.write_text("".join(f"{json.dumps(line)}\n" for line in [*lines, {"event": "end", "events": len(lines)}]))
for name, content in (("write_data1", data), ("device1_0", data), ("device1_1", journal + data)):
    file.with_suffix(f".{name}").write_bytes(content)
