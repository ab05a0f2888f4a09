"""cocotb tests of path_receive.v: whole packets are taken apart, damaged ones are reported."""

import random
import zlib
from dataclasses import replace
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge
from cocotbext.axi import AxiStreamBus, AxiStreamSource

from mirrorlog.formats.connection_path import HEADER_BYTES, Packet, PacketError, PacketType
from tests.rtl.path.packets import random_packet, random_sizes
from tests.rtl.units import pauses, start

FAULTS = {
    "header crc": 1,
    "magic": 2,
    "version": 3,
    "type": 4,
    "length": 5,
    "payload crc": 6,
    "info crc": 7,
    "data crc": 8,
}
FIELDS = (
    "type",
    "source",
    "destination",
    "group",
    "source_group",
    "generation",
    "tag",
    "status",
    "incarnation",
    "reason",
)


OPERATIONS = (PacketType.MAINTENANCE_COMMAND, PacketType.MAINTENANCE_ANSWER)


class Receiver:
    """Feeds packets and collects what comes out of each."""

    def __init__(self, dut: Any, rng: random.Random, percent: int) -> None:
        self.dut = dut
        self.width = len(dut.s_axis_path_tdata) // 8
        self.source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis_path"), dut.clk, dut.rst)
        self.source.log.setLevel("WARNING")
        self.source.set_pause_generator(pauses(rng, percent))

    async def receive(self, packed: bytes) -> tuple[int, dict[int, bytes], dict[int, bytes]]:
        """Send bytes; return the fault, and what the buffer got: update information by index, data by beat. `crcs`
        are those of the packet's journals.
        """
        self.crcs: dict[int, int] = {}
        dut = self.dut
        self.source.send_nowait(packed)
        information: dict[int, bytes] = {}
        data: dict[int, bytes] = {}
        for _ in range(40 * (len(packed) // self.width + 10)):
            await RisingEdge(dut.clk)
            if int(dut.information_enable.value):
                index, part = int(dut.information_index.value), int(dut.information_part.value)
                before = information.get(index, b"")
                assert len(before) == part * self.width, "beats of update information come in their order"
                information[index] = before + int(dut.data.value).to_bytes(self.width, "little")
            if int(dut.data_enable.value):
                assert int(dut.data_beat.value) not in data, "a beat of the buffer is written twice"
                data[int(dut.data_beat.value)] = int(dut.data.value).to_bytes(self.width, "little")
            if int(dut.crc_enable.value):
                self.crcs[int(dut.crc_index.value)] = int(dut.crc.value)
            if int(dut.packet_end.value):
                return int(dut.fault.value), information, data
        raise AssertionError("the packet does not end")

    async def expect(self, packet: Packet) -> None:
        """Send a whole packet and check everything."""
        fault, information, data = await self.receive(packet.pack())
        assert fault == 0, f"{packet.type.name} has fault {fault}"
        await RisingEdge(self.dut.clk)
        for name in FIELDS:
            assert int(getattr(self.dut, f"packet_{name}").value) == getattr(packet, name), name
        if packet.type is PacketType.JOURNALS:
            assert int(self.dut.packet_count.value) == len(packet.journals)
            assert [information[i] for i in range(len(packet.journals))] == [i.pack() for i, _ in packet.journals]
            assert b"".join(data[i] for i in range(len(data))) == b"".join(d for _, d in packet.journals)
            assert self.crcs == {i: zlib.crc32(d) for i, (_, d) in enumerate(packet.journals)}
        elif packet.payload_bytes():
            assert int(self.dut.packet_payload.value).to_bytes(64, "little") == packet.pack()[HEADER_BYTES:]


async def _receiver(dut: Any, percent: int) -> tuple[Receiver, random.Random]:
    rng = await start(dut, s_axis_path_tvalid=0, enable=1)
    return Receiver(dut, rng, percent), rng


@cocotb.test
async def test_path_receive_takes_whole_packets_apart(dut: Any) -> None:
    """All types, with pauses."""
    receiver, rng = await _receiver(dut, 20)
    for number in range(24):
        await receiver.expect(random_packet(rng, random_sizes(rng, blocks=2 * receiver.width) if number % 2 else ()))


@cocotb.test
async def test_path_receive_tells_damaged_packets_and_takes_the_next(dut: Any) -> None:
    """One flipped bit, missing beats, beats too many: never fault 0, and the packet behind is whole."""
    receiver, rng = await _receiver(dut, 0)
    for _ in range(40):
        packed = bytearray(random_packet(rng, random_sizes(rng, 16, 16) if rng.getrandbits(1) else ()).pack())
        damage = rng.randrange(3)
        if damage == 0:
            packed[rng.randrange(len(packed))] ^= 1 << rng.randrange(8)
        elif damage == 1 and len(packed) > receiver.width:
            del packed[-receiver.width * rng.randrange(1, len(packed) // receiver.width) :]
        else:
            packed += rng.randbytes(receiver.width * rng.randrange(1, 5))
        try:
            Packet.unpack(bytes(packed))
        except PacketError:
            fault, _, _ = await receiver.receive(bytes(packed))
            assert fault != 0, f"damage {damage} of {len(packed)} bytes is not seen"
        await receiver.expect(random_packet(rng, random_sizes(rng, 4, 4)))


def _sealed(header: bytearray) -> bytes:
    """Put the header's own CRC right, so that only the field is wrong."""
    return bytes(header[:60]) + zlib.crc32(header[:60]).to_bytes(4, "little") + bytes(header[64:])


@cocotb.test
async def test_a_payload_has_exactly_the_length_that_type_and_count_give(dut: Any) -> None:
    """Each type and count, with one unit less, none, or one more, all CRCs right. A packet before it had a payload."""
    receiver, rng = await _receiver(dut, 0)
    units = {(PacketType.JOURNAL_READ_COMMAND, 0): 1, (PacketType.MAINTENANCE_ANSWER, 0): 0}
    units |= {(kind, 0): 0 for kind in (PacketType.NO_JOURNAL, PacketType.GROUP_STATE, PacketType.GONE)}
    units |= {(kind, count): 1 for kind in OPERATIONS for count in (1, 8)}
    wrong_counts = [(kind, 1) for kind in (1, 3, 4, 5)] + [(PacketType.MAINTENANCE_COMMAND, 0)]
    wrong_counts += [(kind, 9) for kind in OPERATIONS]
    for (kind, count), right in [*units.items(), *((case, None) for case in wrong_counts)]:
        for length in range(3):
            payload = rng.randbytes(HEADER_BYTES * length)
            header = bytearray(Packet(PacketType.NO_JOURNAL, 1, 2, 0, 0).pack())
            header[6:8], header[26:28] = kind.to_bytes(2, "little"), count.to_bytes(2, "little")
            header[28:32], header[32:36] = len(payload).to_bytes(4, "little"), zlib.crc32(payload).to_bytes(4, "little")
            packed = _sealed(header) + payload
            fault, _, _ = await receiver.receive(packed)
            assert fault == (0 if length == right else FAULTS["length"]), (kind, count, length, fault)
            assert _is_taken(packed) == (length == right)
    for size in (-1, 1):
        packet = random_packet(rng, [1024, 512])
        packed = bytearray(packet.pack())
        packed[28:32] = (len(packed) + (size - 1) * HEADER_BYTES).to_bytes(4, "little")
        packed = packed[: size * HEADER_BYTES] if size < 0 else packed + bytes(HEADER_BYTES)
        packed[60:64] = zlib.crc32(packed[:60]).to_bytes(4, "little")
        fault, _, _ = await receiver.receive(bytes(packed))
        assert fault == FAULTS["length"] and not _is_taken(bytes(packed))


def _is_taken(packed: bytes) -> bool:
    """Does the model take these bytes?"""
    try:
        Packet.unpack(packed)
    except PacketError:
        return False
    return True


@cocotb.test
async def test_path_receive_names_the_fault(dut: Any) -> None:
    """Each fault by itself, with every other CRC right."""
    receiver, rng = await _receiver(dut, 0)
    packet = random_packet(rng, [1024, 512])
    packed = packet.pack()
    data_at = HEADER_BYTES + 2 * 64

    def changed(at: int, value: bytes) -> bytearray:
        copy = bytearray(packed)
        copy[at : at + len(value)] = value
        return copy

    cases = {
        "header crc": bytes(changed(16, b"\xff" if packed[16] != 0xFF else b"\x00")),
        "magic": _sealed(changed(0, b"XXXX")),
        "version": _sealed(changed(4, b"\x09\x00")),
        "type": _sealed(changed(6, b"\x40\x00")),
        "length": _sealed(changed(28, (len(packed) - HEADER_BYTES + 64).to_bytes(4, "little"))),
        "info crc": bytes(changed(HEADER_BYTES + 64, bytes([packed[HEADER_BYTES + 64] ^ 1]))),
        "data crc": bytes(changed(data_at + 700, bytes([packed[data_at + 700] ^ 0x80]))),
    }
    first, data = packet.journals[0]
    for number, other in enumerate(({"kind": 4}, {"kind": 0x83}, {"flags": 2}, {"flags": 0x80}, {})):
        entry = bytearray(replace(first, **other).pack())
        if not other:
            entry[56 + rng.randrange(4)] ^= 1 << rng.randrange(8)
            entry[60:] = zlib.crc32(entry[:60]).to_bytes(4, "little")
        cases[f"info crc, {number}"] = bytes(changed(HEADER_BYTES, bytes(entry)))
    # data that its trailer fits but not its update information
    other = replace(first, data_crc=first.data_crc ^ 1)
    packet.journals[0] = other, data
    wrong = bytearray(packet.pack())
    packet.journals[0] = first, data
    wrong[-64:] = packed[-64:]
    fault, _, _ = await receiver.receive(bytes(wrong))
    assert fault == FAULTS["data crc"]
    for name, damaged in cases.items():
        fault, _, _ = await receiver.receive(damaged)
        assert fault == FAULTS[name.partition(",")[0]], f"{name}: fault {fault}"
    for count in (0, int(dut.MAX_JOURNALS.value) + 1):
        wrong = Packet(PacketType.JOURNALS, 1, 2, 3, 4, journals=packet.journals[1:] * count)
        fault, _, _ = await receiver.receive(wrong.pack())
        assert fault == FAULTS["length"], f"{count} journals: fault {fault}"
    command = random_packet(rng)
    while not command.payload_bytes():
        command = random_packet(rng)
    damaged = bytearray(command.pack())
    damaged[-1] ^= 1
    fault, _, _ = await receiver.receive(bytes(damaged))
    assert fault == FAULTS["payload crc"]
    await receiver.expect(packet)


@cocotb.test
async def test_path_receive_refuses_sizes_that_may_not_be(dut: Any) -> None:
    """No whole blocks, though a packet of whole 64 bytes; a journal with too much data; a packet with too much."""
    receiver, rng = await _receiver(dut, 0)
    most, room = int(dut.MAX_TRANSFER_BYTES.value), int(dut.MAX_DATA_BYTES.value)
    full = [most] * (room // most)
    for sizes in ([64], [576], [256, 256], [520, 504], [512, 448], [most + 512], [*full, 512]):
        packed = random_packet(rng, sizes).pack()
        assert len(packed) % 64 == 0, "the packet's length alone would be a fault"
        fault, _, data = await receiver.receive(packed)
        assert fault == FAULTS["length"], f"journals of {sizes} bytes: fault {fault}"
        assert not data, f"journals of {sizes} bytes: data is written"
    await receiver.expect(random_packet(rng, full))


@cocotb.test
async def test_path_receive_writes_no_more_data_than_the_header_says(dut: Any) -> None:
    """The update information names more, or less: a fault, and nothing behind the place of the header's bytes."""
    receiver, rng = await _receiver(dut, 0)
    for said, sizes in ((512, [1024]), (0, [512]), (1024, [512, 512, 512]), (1024, [512]), (512, [0])):
        packed = bytearray(random_packet(rng, sizes).pack())
        packed[28:32] = (len(packed) - HEADER_BYTES - sum(sizes) + said).to_bytes(4, "little")
        fault, _, data = await receiver.receive(_sealed(packed))
        assert fault == FAULTS["length"], f"{sizes} bytes, the header says {said}: fault {fault}"
        assert sorted(data) == list(range(min(said, sum(sizes)) // receiver.width))
    await receiver.expect(random_packet(rng, [512]))


@cocotb.test
async def test_path_receive_refuses_packets_longer_than_their_header_says(dut: Any) -> None:
    """What follows would pass every other check: its CRC is the one wanted, or it continues the trailer with zeros
    until the trailer comes again where a count of 256 beats begins anew.
    """
    receiver, rng = await _receiver(dut, 0)
    bare = Packet(PacketType.NO_JOURNAL, 1, 2, 3, 4).pack()
    command = Packet(PacketType.MAINTENANCE_COMMAND, 1, 2, 3, 4, arguments=(rng.getrandbits(64),)).pack()
    journals = random_packet(rng, [512, 0]).pack()
    crc_0 = bytes.fromhex("9d0ad96d") * 16
    assert zlib.crc32(crc_0) == 0
    for whole, behind in (
        (bare, crc_0),
        (command, command[HEADER_BYTES:]),
        (journals, bytes(64)),
        (journals, bytes(256 * receiver.width - 64) + journals[-64:]),
    ):
        fault, _, _ = await receiver.receive(whole)
        assert fault == 0
        fault, _, _ = await receiver.receive(whole + behind)
        assert fault == FAULTS["length"], f"{len(behind)} bytes behind {len(whole)}: fault {fault}"
    await receiver.expect(random_packet(rng, [512]))


@cocotb.test
async def test_path_receive_tells_no_crc_of_a_packet_that_was_dropped(dut: Any) -> None:
    """It ends behind its update information, of journals without write data."""
    receiver, rng = await _receiver(dut, 0)
    fault, _, _ = await receiver.receive(random_packet(rng, [0] * 4).pack()[: HEADER_BYTES + 4 * 64])
    assert fault == FAULTS["length"]
    for _ in range(8):
        await RisingEdge(dut.clk)
        assert not int(dut.crc_enable.value)
    await receiver.expect(random_packet(rng, [512]))


@cocotb.test
async def test_path_receive_waits_until_a_packet_may_begin(dut: Any) -> None:
    """Nothing is taken while `enable` is low; a packet that began is taken whole."""
    receiver, rng = await _receiver(dut, 0)
    dut.enable.value = 0
    packet = random_packet(rng, [512])
    receiver.source.send_nowait(packet.pack())
    for _ in range(20):
        await RisingEdge(dut.clk)
        assert not int(dut.s_axis_path_tready.value)
    dut.enable.value = 1
    await RisingEdge(dut.clk)
    await RisingEdge(dut.clk)
    dut.enable.value = 0
    for _ in range(200):
        await RisingEdge(dut.clk)
        if int(dut.packet_end.value):
            assert int(dut.fault.value) == 0
            return
    raise AssertionError("the packet does not end")
