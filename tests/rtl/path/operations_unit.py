"""cocotb tests of operations.v: operations of the terminal here and for another system, and those of another system."""

from typing import Any

import cocotb
from cocotb.triggers import RisingEdge
from cocotb.utils import get_sim_time

from tests.rtl.units import PERIOD_NS, request_field, start, until

CREATE_GROUP, START, INITIATE, SUSPEND = 1, 4, 16, 17
COMMAND, ANSWER = 6, 7
DONE, SENT, ANSWERED, REPEATED = range(4)
OK, BUSY, NO_ANSWER = 0, 8, 16
OWN, OTHER, NONE = 1, 2, 0xFFFF
RESEND_CYCLES, GIVE_UP_CYCLES, ROOM_CYCLES = 60, 240, 20
ARGUMENTS = 7
INPUTS = dict.fromkeys(
    (
        "argument_load", "argument_index", "operation_load", "load_value", "request_taken", "operation_done",
        "incarnation", "received_incarnation", "received_generation", "operation_result", "operation_returns",
        "start_packet", "packet_ready", "received", "received_type",
        "payload_enable", "payload_part", "payload_data",
        "received_source", "received_tag", "received_status", "received_count", "received_payload",
    ),
    0,
)  # fmt: skip
# The packet to be sent: lowest bit and bits of each field
PACKET = {
    "type": (0, 16), "destination": (16, 16), "tag": (96, 32), "status": (128, 16), "count": (144, 16),
    "payload": (193, 512), "generation": (64, 32),
}  # fmt: skip


class Bench:
    """The commit stage, the registers and the connection path."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut

    async def give(self, code: int, destination: int, *arguments: int) -> None:
        """Write the registers of an operation."""
        dut = self.dut
        for index, value in enumerate(arguments):
            dut.argument_load.value, dut.argument_index.value, dut.load_value.value = 1, index, value
            await RisingEdge(dut.clk)
        dut.argument_load.value = 0
        dut.operation_load.value, dut.load_value.value = 1, code | destination << 16
        await RisingEdge(dut.clk)
        dut.operation_load.value = 0

    async def step(self, result: int = OK, returned: int = 0) -> dict[str, int]:
        """Carry out the next step that is asked for; returns fields of its request."""
        dut = self.dut
        await RisingEdge(dut.clk)
        await until(dut, lambda: dut.request_valid.value, 2 * RESEND_CYCLES)
        request = int(dut.request.value)
        found = {}
        for name in ("opcode", "tag", "group", "received", "failed"):
            low, bits = request_field(name)
            found[name] = request >> low & ((1 << bits) - 1)
        dut.request_taken.value = 1
        await RisingEdge(dut.clk)
        dut.request_taken.value = 0
        await RisingEdge(dut.clk)
        dut.operation_done.value, dut.operation_result.value, dut.operation_returns.value = 1, result, returned
        await RisingEdge(dut.clk)
        for name in ("message_code", "message_answer", "message_value", "message_asked"):
            value = getattr(dut, name).value
            found[name] = int(value) if value.is_resolvable else -1  # of an answer that never came
        dut.operation_done.value = 0
        return found

    async def packet(self) -> dict[str, int]:
        """Take the packet that is to be sent."""
        dut = self.dut
        await RisingEdge(dut.clk)
        await until(dut, lambda: dut.packet_valid.value, ROOM_CYCLES)
        packet = int(dut.packet.value)
        dut.packet_ready.value = 1
        await RisingEdge(dut.clk)
        dut.packet_ready.value = 0
        return {name: packet >> low & ((1 << bits) - 1) for name, (low, bits) in PACKET.items()}

    async def receive(
        self, kind: int, tag: int, status: int, *values: int, source: int = OTHER, incarnation: int = 0, to: int = 0
    ) -> None:
        """Let a packet come, when there is room. `incarnation` is its source's, `to` that of which an answer is."""
        dut = self.dut
        await RisingEdge(dut.clk)
        await until(dut, lambda: dut.room.value, ROOM_CYCLES)
        for part, value in enumerate(values):
            dut.payload_enable.value, dut.payload_part.value, dut.payload_data.value = 1, part, value
            await RisingEdge(dut.clk)
        dut.payload_enable.value = 0
        dut.received.value, dut.received_type.value, dut.received_source.value = 1, kind, source
        dut.received_tag.value, dut.received_status.value, dut.received_count.value = tag, status, len(values)
        dut.received_incarnation.value, dut.received_generation.value = incarnation, to
        dut.received_payload.value = sum(value << 64 * n for n, value in enumerate(values[:2]))
        await RisingEdge(dut.clk)
        dut.received.value = 0

    async def status(self) -> tuple[int, int, int]:
        """What the register says: answer, in flight, returned."""
        await RisingEdge(self.dut.clk)
        value = int(self.dut.operation_status.value)
        return value & 0xFF, value >> 8 & 1, value >> 32

    async def is_quiet(self, cycles: int = 3 * RESEND_CYCLES) -> bool:
        """Is nothing asked for, and nothing to be sent?"""
        for _ in range(cycles):
            await RisingEdge(self.dut.clk)
            if self.dut.request_valid.value or self.dut.packet_valid.value:
                return False
        return True


@cocotb.test
async def test_an_operation_here_is_one_step(dut: Any) -> None:
    """Also with the own system's number, and those that nobody else may be asked for: they are refused."""
    await start(dut, **INPUTS)
    bench = Bench(dut)
    for code, destination, failed, group in ((CREATE_GROUP, 0, 0, 2), (SUSPEND, OWN, 0, 2), (SUSPEND, OTHER, 1, NONE)):
        await bench.give(code, destination, 2, 3)
        assert (await bench.status())[1] == 1
        step = await bench.step(OK, 77)
        assert (step["opcode"], step["received"], step["failed"], step["group"]) == (code, DONE, failed, group)
        assert await bench.status() == (OK, 0, 77)
        assert await bench.is_quiet()
    for argument, code in ((1 << 16, CREATE_GROUP), (2, 99)):
        await bench.give(code, 0, argument)
        assert (await bench.step())["group"] == NONE


@cocotb.test
async def test_an_operation_for_another_system_is_sent_until_it_is_answered(dut: Any) -> None:
    """Lost, answered BUSY, answered; a late answer changes nothing. Arguments that it does not have are 0."""
    await start(dut, **INPUTS)
    bench = Bench(dut)
    await bench.give(CREATE_GROUP, OTHER, *range(2, 2 + ARGUMENTS))
    for answer in (None, BUSY, None, OK):
        step = await bench.step()
        assert (step["received"], step["tag"], step["message_value"]) == (SENT, 1, OTHER)
        packet = await bench.packet()
        assert packet == {
            "type": COMMAND, "destination": OTHER, "tag": 1, "status": CREATE_GROUP, "count": 1, "payload": 2,
            "generation": 0,
        }  # fmt: skip
        if answer is not None:
            await bench.receive(ANSWER, 1, answer, CREATE_GROUP, 5)
            step = await bench.step()
            assert (step["received"], step["message_answer"], step["message_asked"]) == (ANSWERED, answer, 1)
    assert await bench.status() == (OK, 0, 5)
    assert await bench.is_quiet()
    await bench.receive(ANSWER, 1, OK, CREATE_GROUP, 6)
    assert (await bench.step())["message_asked"] == 0
    assert await bench.status() == (OK, 0, 5)


@cocotb.test
async def test_an_operation_that_is_not_answered_ends(dut: Any) -> None:
    """GIVE_UP_CYCLES after it was sent first, or was answered BUSY; the next one is sent."""
    await start(dut, **INPUTS)
    bench = Bench(dut)
    await bench.give(CREATE_GROUP, OTHER, 2)
    for busy in (False, True):
        step = await bench.step()
        began = get_sim_time("ns")
        while step["received"] == SENT:
            assert get_sim_time("ns") < began + (GIVE_UP_CYCLES + ROOM_CYCLES) * PERIOD_NS, "sent without an end"
            await bench.packet()
            if busy:
                await bench.receive(ANSWER, 2, BUSY)
                assert (await bench.step())["message_answer"] == BUSY
                busy, began = False, get_sim_time("ns")
            step = await bench.step()
        assert (step["received"], step["message_answer"], step["message_asked"]) == (ANSWERED, NO_ANSWER, 1)
        waited = (get_sim_time("ns") - began) // PERIOD_NS
        assert GIVE_UP_CYCLES <= waited < GIVE_UP_CYCLES + ROOM_CYCLES
        assert await bench.status() == (NO_ANSWER, 0, 0)
        assert await bench.is_quiet()
        await bench.give(CREATE_GROUP, OTHER, 3)


@cocotb.test
async def test_a_packet_keeps_its_content_until_the_path_takes_it(dut: Any) -> None:
    """It was answered, and the next operation given, while it waited to be sent again."""
    await start(dut, **INPUTS)
    bench = Bench(dut)
    await bench.give(CREATE_GROUP, OTHER, 2)
    await bench.step()
    await bench.packet()
    await bench.step()  # again
    await bench.receive(ANSWER, 1, OK, CREATE_GROUP, 0)
    assert (await bench.step())["received"] == ANSWERED
    await bench.give(CREATE_GROUP, OTHER + 1, 3)
    packet = await bench.packet()
    assert (packet["tag"], packet["destination"], packet["payload"]) == (1, OTHER, 2)
    assert (await bench.step())["tag"] == 2
    packet = await bench.packet()
    assert (packet["tag"], packet["destination"], packet["payload"]) == (2, OTHER + 1, 3)


@cocotb.test
async def test_a_start_here_is_followed_by_the_secondarys(dut: Any) -> None:
    """Not if it was refused."""
    await start(dut, **INPUTS)
    bench = Bench(dut)
    arguments = sum(value << 64 * n for n, value in enumerate((8, OWN, 2, 4, 5, 6, 7)))
    dut.start_packet.value = arguments
    await bench.give(INITIATE, 0, 2, OTHER, 8)
    await bench.step(BUSY)
    assert await bench.is_quiet()
    await bench.give(INITIATE, 0, 2, OTHER, 8)
    await bench.step(OK, 4)
    assert (await bench.step())["received"] == SENT
    packet = await bench.packet()
    assert (packet["status"], packet["count"], packet["payload"]) == (START, ARGUMENTS, arguments)
    await bench.receive(ANSWER, packet["tag"], OK, START, 4096)
    step = await bench.step()
    assert (step["group"], step["message_value"]) == (2, 4096)
    assert await bench.status() == (OK, 0, 4096)


@cocotb.test
async def test_another_systems_operation_is_carried_out_once(dut: Any) -> None:
    """Repeated, it is answered alike; after BUSY it is carried out; while its answer waits it is dropped."""
    await start(dut, **INPUTS)
    bench = Bench(dut)
    await bench.receive(COMMAND, 9, CREATE_GROUP, 2)
    assert (await bench.step(BUSY))["received"] == DONE
    packet = await bench.packet()
    assert (packet["type"], packet["destination"], packet["tag"], packet["status"]) == (ANSWER, OTHER, 9, BUSY)
    assert packet["count"] == packet["payload"] == 0
    await bench.receive(COMMAND, 9, CREATE_GROUP, 2)
    step = await bench.step(OK, 5)
    assert (step["received"], step["opcode"], step["group"], step["failed"]) == (DONE, CREATE_GROUP, 2, 0)
    await bench.receive(COMMAND, 9, CREATE_GROUP, 2)  # there is room, though its answer waits
    packet = await bench.packet()
    assert (packet["status"], packet["count"], packet["payload"]) == (OK, 2, CREATE_GROUP | 5 << 64)
    assert await bench.is_quiet()
    await bench.receive(COMMAND, 9, CREATE_GROUP, 2)
    step = await bench.step()
    assert (step["received"], step["message_code"], step["message_value"]) == (REPEATED, CREATE_GROUP, 5)
    assert (await bench.packet())["payload"] == CREATE_GROUP | 5 << 64
    for source, tag, code, count, failed in ((OTHER, 10, SUSPEND, 1, 1), (3, 10, CREATE_GROUP, 2, 1), (4, 10, 1, 1, 0)):
        await bench.receive(COMMAND, tag, code, *range(count), source=source)
        step = await bench.step(1)
        assert (step["received"], step["failed"]) == (DONE, failed)
        await bench.packet()


@cocotb.test
async def test_a_tag_of_another_incarnation_is_another_operation(dut: Any) -> None:
    """Here and there: a system that was reset begins its tags anew."""
    await start(dut, **INPUTS)
    bench = Bench(dut)
    for incarnation in (5, 9):
        await bench.receive(COMMAND, 1, CREATE_GROUP, 2, incarnation=incarnation)
        assert (await bench.step(OK, incarnation))["received"] == DONE
        packet = await bench.packet()
        assert (packet["tag"], packet["generation"], packet["payload"]) == (
            1,
            incarnation,
            CREATE_GROUP | incarnation << 64,
        )
    await bench.receive(COMMAND, 1, CREATE_GROUP, 2, incarnation=9)
    assert (await bench.step())["received"] == REPEATED
    assert (await bench.packet())["generation"] == 9
    dut.incarnation.value = 7
    await bench.give(CREATE_GROUP, OTHER, 3)
    await bench.step()
    tag = (await bench.packet())["tag"]
    for source, asked in ((OTHER, 6), (OTHER, 8), (3, 7)):
        await bench.receive(ANSWER, tag, OK, CREATE_GROUP, 0, source=source, to=asked)
        step = await bench.step()
        assert (step["received"], step["message_asked"]) == (ANSWERED, 0)
        assert (await bench.status())[1] == 1
    await bench.receive(ANSWER, tag, OK, CREATE_GROUP, 0, to=7)
    assert (await bench.step())["message_asked"] == 1
    assert await bench.status() == (OK, 0, 0)
