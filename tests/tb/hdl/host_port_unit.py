"""cocotb test of host_port.v, register_port.v and capture.v with their Python sides."""

import os
import random
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, Timer

from tb.config.files import beside
from tb.handles.capture import CaptureMonitor
from tb.handles.host_port import HostCommand, HostPortDriver, Opcode
from tb.handles.register_port import RegisterAccess, RegisterPortDriver
from tb.handles.storage_device import pause

PREFIX = Path(os.environ["FILES"])
QUEUE_DEPTH = 7
TAG_FIRST = 65500
# Commands and accesses that a reset loses, as far as they are not answered so many cycles after they were given
LOST, RESET_AFTER = 20, 150


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def test_capture_holds_every_command_its_data_and_every_register_access(dut: Any) -> None:
    """Random commands and accesses under pauses: the capture has them, in order, with tags, data, and no more
    outstanding than allowed. Then a reset of the other side alone: what was given before and is not answered is lost,
    what is given after it comes whole."""
    generator = random.Random(cocotb.RANDOM_SEED)
    beat = int(dut.DATA_WIDTH.value) // 8
    await Timer(1, "ns")  # the Verilog's initial values are set now
    for handle in (dut.host.pauses, dut.registers.pauses, dut.pauses):
        pause(handle, [30] * 4, generator)
    host = HostPortDriver(dut.host, dut.clk, PREFIX, 1, beat)
    host.configure(QUEUE_DEPTH, TAG_FIRST)
    registers = RegisterPortDriver(dut.registers, dut.clk, PREFIX, 1)
    monitor = CaptureMonitor(dut.capture, dut.clk, PREFIX)
    commands = [random_command(generator) for _ in range(200)]
    accesses = [random_access(generator) for _ in range(60)]
    for command in commands:
        await host.send(command)
    for access in accesses:
        await registers.send(access)
    host.hold(read_data=True, responses=True)
    await ClockCycles(dut.clk, 1)
    answered = int(dut.host.answered.value)
    for _ in range(200):
        await ClockCycles(dut.clk, 1)
        assert int(dut.host.answered.value) == answered and not int(dut.host.read_tready.value)
    host.hold()
    await all_answered(dut, host, registers)
    # more than may be outstanding
    host.hold(responses=True)
    for _ in range(LOST):
        await host.send(random_command(generator, Opcode.WRITE))
        await registers.send(random_access(generator))
    await ClockCycles(dut.clk, RESET_AFTER)
    await reset_other_side(dut)
    host.hold()
    later = [random_command(generator) for _ in range(40)]
    later_accesses = [random_access(generator) for _ in range(20)]
    for command in later:
        await host.send(command)
    for access in later_accesses:
        await registers.send(access)
    await all_answered(dut, host, registers)
    dut.capture.finish.value = 1
    while not int(dut.capture.finished.value):
        await ClockCycles(dut.clk, 1)
    await ClockCycles(dut.clk, 1)
    events = [event for batch in monitor for event in batch]
    assert events[0]["event"] == "start" and events[-1] == {"event": "end", "events": len(events) - 1}
    end = sum(len(command.data or b"") for command in commands)
    written = beside(PREFIX, "write_data1").read_bytes()
    reset = next(place for place, event in enumerate(events) if event["event"] == "reset")
    # of those that were lost, what came until then
    first = next(place for place, event in enumerate(events) if event.get("tag") == host.tag(len(commands)))
    assert first < reset
    check_commands(commands, TAG_FIRST, events[:first], written[:end])
    before = [event for event in events[:reset] if event["event"].startswith("register")]
    check_registers(accesses, before[: 2 * len(accesses)])
    came = sum(len(command.data or b"") for command in later)
    check_commands(later, host.tag(len(commands) + LOST), events[reset + 1 :], written[len(written) - came :])
    check_registers(later_accesses, events[reset + 1 :])
    assert [event["cycle"] for event in events[1:-1]] == sorted(event["cycle"] for event in events[1:-1])


async def all_answered(dut: Any, host: HostPortDriver, registers: RegisterPortDriver) -> None:
    """Wait for all answers."""
    while int(dut.host.answered.value) != host.pushed or int(dut.registers.answered.value) != registers.pushed:
        await ClockCycles(dut.clk, 100)


async def reset_other_side(dut: Any) -> None:
    """Reset what answers at the ports, for some cycles."""
    dut.system_rst.value = 1
    await ClockCycles(dut.clk, 5)
    dut.last_reset_cycle.value = 1
    await ClockCycles(dut.clk, 1)
    dut.system_rst.value = 0
    dut.last_reset_cycle.value = 0
    await ClockCycles(dut.clk, 2)


def random_access(generator: random.Random) -> RegisterAccess:
    """An access with random fields."""
    write, address = bool(generator.getrandbits(1)), 8 * generator.randrange(4096)
    return RegisterAccess(write, address, generator.getrandbits(64), generator.getrandbits(8))


def random_command(generator: random.Random, *opcodes: int) -> HostCommand:
    """A command with random fields; a write with data, sometimes one that must be alone."""
    opcode = generator.choice(opcodes or [Opcode.READ, Opcode.WRITE, Opcode.WRITE, Opcode.FLUSH, 77])
    size = generator.choice([0, 512, 1024, 4096])
    data = generator.randbytes(size) if opcode == Opcode.WRITE and size else None
    return HostCommand(
        opcode,
        generator.getrandbits(16),
        generator.getrandbits(64),
        size,
        data,
        generator.choice([0, 0, 9]),
        generator.random() < 0.1,
    )


def check_commands(commands: list[HostCommand], tag: int, events: list[dict[str, Any]], data: bytes) -> None:
    """Fields, tags from `tag` on, data, order and number outstanding."""
    seen = [event for event in events if event["event"] == "host_command"]
    assert len(seen) == len(commands)
    for number, (command, event) in enumerate(zip(commands, seen, strict=True)):
        expected = (command.opcode, (tag + number) % 65536, command.volume, command.position, command.size)
        assert tuple(event[key] for key in ("opcode", "tag", "volume", "position", "size")) == expected
        assert event["time"] > 0
    written = [event["bytes"] for event in events if event["event"] == "write_data"]
    assert written == [len(command.data) for command in commands if command.data]
    assert data == b"".join(command.data or b"" for command in commands)
    outstanding = most = taken = 0
    for event in events:
        if event["event"] == "host_command":
            assert not commands[taken].alone or outstanding == 0
            taken += 1
            outstanding += 1
        elif event["event"] == "host_response":
            outstanding -= 1
        most = max(most, outstanding)
    assert most == QUEUE_DEPTH and outstanding == 0


def check_registers(accesses: list[RegisterAccess], events: list[dict[str, Any]]) -> None:
    """Every access with its answer, in order."""
    own = [event for event in events if event["event"].startswith("register")]
    assert len(own) == 2 * len(accesses)
    for access, request, answer in zip(accesses, own[::2], own[1::2], strict=True):
        if access.write:
            assert (request["event"], request["address"], request["data"], request["strobe"]) == (
                "register_write", access.address, access.data, access.strobe,
            )  # fmt: skip
            assert answer["data"] == 0
        else:
            assert (request["event"], request["address"]) == ("register_read", access.address)
            assert answer["data"] == 0xFFFF ^ access.address
        assert answer["event"] == "register_response"
