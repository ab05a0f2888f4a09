"""cocotb tests of link.v: the machine at its bytes, a storage system's neighbour at its ports."""

import random
from collections import defaultdict
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, ReadOnly, RisingEdge

from tb.link.frames import Channel, Credit, Event, Kind, Status
from tests.rtl.board.machine import Machine
from tests.rtl.units import chance, start, until

TRACE, READ_DATA, PATH = Channel.TRACE, Channel.READ_DATA, Channel.PATH
# Ports that the system gives at: name of valid, ready, last ("" if there is none), payload and its bits
GIVES = {
    "read": ("s_axis_read_tvalid", "s_axis_read_tready", "s_axis_read_tlast"),
    "path": ("s_axis_path_tvalid", "s_axis_path_tready", "s_axis_path_tlast"),
    "response": ("s_host_response_valid", "s_host_response_ready", ""),
    "commit": ("s_axis_commit_tvalid", "s_axis_commit_tready", ""),
}
INPUTS = (
    *("rx_data", "rx_valid", "rx_error", "tx_ready", "m_host_command_ready", "m_axis_write_tready"),
    *("s_axis_read_tdata", "s_axis_read_tid", "s_axis_read_tvalid", "s_axis_read_tlast", "s_host_response_valid"),
    *("s_host_response_tag", "s_host_response_status", "s_axi_awaddr", "s_axi_awlen", "s_axi_awvalid", "s_axi_wdata"),
    *("s_axi_wvalid", "s_axi_bready", "s_axi_araddr", "s_axi_arlen", "s_axi_arvalid", "s_axi_rready"),
    *("m_axis_path_tready", "s_axis_path_tdata", "s_axis_path_tvalid", "s_axis_path_tlast", "m_axil_awready"),
    *("m_axil_wready", "m_axil_bresp", "m_axil_bvalid", "m_axil_arready", "m_axil_rdata", "m_axil_rresp"),
    *("m_axil_rvalid", "s_axis_commit_tdata", "s_axis_commit_tvalid"),
)


class System:
    """What is at the ports of the link in place of a storage system: takes and gives at random, and writes down what
    happened in which cycle, in the order of the trace."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut, self._rng = dut, rng
        self.rate = 60
        # a ready that stays low
        self.stuck = ""
        # events of the trace: kind, device, cycle (None for records), fields or record
        self.log: list[tuple[Event, int, int | None, Any]] = []
        self.taken: dict[str, list[Any]] = defaultdict(list)
        # what is to be given at a port, in order
        self.give: dict[str, list[Any]] = defaultdict(list)
        self.cycle = 0
        self._reads = 0
        self._beats = {"read": 0, "path": 0}
        self._write = [False, False]
        self._begun = False
        self._devices = len(dut.s_axi_awvalid)

    def _value(self, name: str) -> int:
        return int(getattr(self.dut, name).value)

    def _part(self, name: str, device: int) -> int:
        """A device's part of a port; the others' may be undefined."""
        port = getattr(self.dut, name).value
        width = len(port) // self._devices
        return int(port[width * (device + 1) - 1 : width * device])

    async def run(self, first_cycle: int) -> None:
        """Work, for ever, from the cycle behind reset on."""
        dut = self.dut
        self.cycle = first_cycle
        while True:
            self._drive()
            await ReadOnly()
            if not self._value("system_rst"):
                self._watch()
                self.cycle += 1
            await RisingEdge(dut.clk)
            self._after()

    def _drive(self) -> None:
        """What is ready, and what is offered until it is taken."""
        dut, rng = self.dut, self._rng
        readies = ("m_host_command_ready", "m_axis_write_tready", "m_axis_path_tready", "m_axil_awready")
        self._ready = {name: chance(rng, self.rate) for name in (*readies, "m_axil_wready", "m_axil_arready")}
        if self.stuck:
            self._ready[self.stuck] = False
        for name, value in self._ready.items():
            getattr(dut, name).value = value
        self._bready, self._rready = (rng.getrandbits(self._devices) for _ in range(2))
        dut.s_axi_bready.value, dut.s_axi_rready.value = self._bready, self._rready
        for port, (valid, _, last) in GIVES.items():
            offered = bool(self.give[port]) and (getattr(self, f"_{port}", False) or chance(rng, self.rate))
            setattr(self, f"_{port}", offered)
            getattr(dut, valid).value = offered
            if not offered:
                continue
            entry = self.give[port][0]
            if port == "response":
                dut.s_host_response_tag.value, dut.s_host_response_status.value = entry
            elif port == "commit":
                dut.s_axis_commit_tdata.value = int.from_bytes(entry, "little")
            else:
                getattr(dut, f"s_axis_{port}_tdata").value = entry[0]
                getattr(dut, last).value = entry[1]
                if port == "read":
                    dut.s_axis_read_tid.value = entry[2]
        for name, port in (("m_axil_b", "written"), ("m_axil_r", "data")):
            getattr(dut, f"{name}valid").value = bool(self.give[port])
            if self.give[port]:
                resp, data = self.give[port][0]
                getattr(dut, f"{name}resp").value = resp
                if port == "data":
                    dut.m_axil_rdata.value = data

    def _watch(self) -> None:
        """Write down what is taken and given in this cycle."""
        value, log, cycle = self._value, self.log, self.cycle
        self._gone: list[str] = []
        if value("m_host_command_valid") and self._ready["m_host_command_ready"]:
            names = ("opcode", "tag", "volume", "position", "size")
            self.taken["command"].append(tuple(value(f"m_host_command_{name}") for name in names))
            log.append((Event.HOST_COMMAND, 0, cycle, ()))
        self._beat("write", Event.WRITE_DATA)
        if value("m_axil_awvalid") and self._ready["m_axil_awready"]:
            self._write[0] = True
            self.taken["awaddr"].append(value("m_axil_awaddr"))
        if value("m_axil_wvalid") and self._ready["m_axil_wready"]:
            self._write[1] = True
            self.taken["wdata"].append((value("m_axil_wdata"), value("m_axil_wstrb")))
        if all(self._write):
            self._write = [False, False]
            log.append((Event.REGISTER_WRITE, 0, cycle, ()))
            self._answer = ("written", (self._rng.choice((0, 2)), 0))
        elif value("m_axil_arvalid") and self._ready["m_axil_arready"]:
            self.taken["araddr"].append(value("m_axil_araddr"))
            log.append((Event.REGISTER_READ, 0, cycle, ()))
            self._answer = ("data", (self._rng.choice((0, 2)), self._rng.getrandbits(64)))
        for device in range(self._devices):
            if value("s_axi_bvalid") & self._bready & 1 << device:
                self.taken[f"b{device}"].append(self._part("s_axi_bresp", device))
                log.append((Event.DEVICE_WRITE, device, cycle, ()))
            if value("s_axi_rvalid") & self._rready & 1 << device:
                data, resp, last = (self._part(f"s_axi_r{name}", device) for name in ("data", "resp", "last"))
                self.taken[f"r{device}"].append((data, resp, last))
                if last:
                    log.append((Event.DEVICE_READ, device, cycle, ()))
        self._beat("path", Event.PACKET_IN)
        self._given()

    def _beat(self, port: str, event: Event) -> None:
        if self._value(f"m_axis_{port}_tvalid") and self._ready[f"m_axis_{port}_tready"]:
            last = self._value(f"m_axis_{port}_tlast")
            self.taken[port].append((self._value(f"m_axis_{port}_tdata"), last))
            if last:
                self.log.append((event, 0, self.cycle, ()))

    def _given(self) -> None:
        value, log, cycle, first = self._value, self.log, self.cycle, []
        if self._commit and value("s_axis_commit_tready"):
            self._gone.append("commit")
        for port in ("read", "path"):
            valid, ready, last = GIVES[port]
            if not (value(valid) and value(ready)):
                continue
            self._gone.append(port)
            if port == "path" and self._beats[port] == 0:
                first.append((Event.PACKET_FIRST, 0, cycle, ()))
            self._beats[port] += 1
            if value(last):
                beats, self._beats[port] = self._beats[port], 0
                if port == "path":
                    first.append((Event.PACKET_OUT, 0, cycle, (beats,)))
                else:
                    log.append((Event.READ_DATA, 0, cycle, (value("s_axis_read_tid"), beats)))
        if self._response and value("s_host_response_ready"):
            self._gone.append("response")
            log.append((Event.HOST_RESPONSE, 0, cycle, self.give["response"][0]))
        for port, name, event in (("written", "b", Event.REGISTER_WRITTEN), ("data", "r", Event.REGISTER_DATA)):
            if self.give[port] and value(f"m_axil_{name}ready"):
                self._gone.append(port)
                resp, data = self.give[port][0]
                log.append((event, 0, cycle, (resp, data) if port == "data" else (resp,)))
        log += first

    def _after(self) -> None:
        for port in getattr(self, "_gone", ()):
            entry = self.give[port].pop(0)
            setattr(self, f"_{port}", False)
            if port == "commit":
                self.taken["commit"].append(entry)
        self._gone = []
        port, entry = getattr(self, "_answer", ("", None))
        if port:
            self.give[port].append(entry)
            self._answer = ("", None)


async def begin(dut: Any, first_cycle: int = 0, time: int = 0) -> tuple[Machine, System, random.Random]:
    """Power-on, and a reset over the link; return both ends when the board has said what its buffers are."""
    rng = await start(dut, **dict.fromkeys(INPUTS, 0))
    machine, system = Machine(dut, rng), System(dut, rng)
    cocotb.start_soon(machine.run())
    await until(dut, lambda: machine.hello is not None)
    assert machine.hello is not None and machine.hello.nonce == 0
    machine.reset(0x1234_5678, first_cycle, time)
    await until(dut, lambda: dut.system_rst.value == 1)
    cocotb.start_soon(system.run(first_cycle))
    inward = (1, 2, 3, 4, 8, 9)
    await until(dut, lambda: all(machine._limits[channel] for channel in inward))
    return machine, system, rng


def told(machine: Machine, first_cycle: int) -> list[tuple[Event, int, int | None, Any]]:
    """What the trace says, with cycles."""
    found: list[tuple[Event, int, int | None, Any]] = []
    cycle = first_cycle
    for entry in machine.items:
        if entry.event == Event.RECORD:
            found.append((entry.event, 0, None, entry.record))
            continue
        cycle += entry.delta or 0
        found.append((entry.event, entry.device, cycle, entry.fields))
    return found


@cocotb.test
async def test_the_board_says_what_it_is_and_begins_where_it_is_told(dut: Any) -> None:
    """Parameters, buffers, cycle and time; a second reset in the middle of a frame begins anew."""
    machine, _, _ = await begin(dut, first_cycle=2**47 + 5, time=2**62 + 3)
    hello = machine.hello
    assert hello is not None and hello.version == 2 and hello.period == int(dut.PERIOD_NS.value)
    assert (hello.data_width, hello.devices, hello.systems, hello.axi_addr_width) == (64, 2, 1, 48)
    assert (hello.memory_devices, hello.memory_bytes) == (0, 0)
    assert (hello.volumes, hello.pairs, hello.groups, hello.window) == (8, 8, 4, 256)
    assert (hello.max_transfer_bytes, hello.max_data_bytes, hello.cache_slots, hello.read_slots) == (4096, 4096, 8, 4)
    assert (hello.clock, hello.baud, hello.flushes, hello.outstanding, hello.commands) == (25000, 0, 4, 16, 8)
    assert machine._limits == {1: 64, 2: 2048, 3: 64, 4: 2048, 8: 2048, 9: 2048}
    elapsed = (int(dut.time_ns.value) - (2**62 + 3)) // hello.period
    machine.ask_status(77)
    await until(dut, lambda: machine.status is not None)
    status = machine.status
    assert isinstance(status, Status) and status.token == 77 and status.errors == bytes(7)
    assert elapsed > 0 and 2**47 + 5 + elapsed < status.cycle < 2**47 + 5 + elapsed + 200
    assert status.received == 2 and status.sent in (7, 8)
    # a frame that is not whole, then a reset
    machine.line += machine.frame(Channel.COMMANDS, bytes(60))[:20]
    await until(dut, lambda: not machine.line)
    machine.reset(99)
    await until(dut, lambda: machine.hello is not None)
    machine.ask_status(5)
    await until(dut, lambda: machine.status is not None)
    assert machine.status is not None and machine.status.received == 2
    # the frame of before was cut: its CRC was wrong
    assert machine.status.errors == bytes((0, 0, 1, 0, 0, 0, 0))


@cocotb.test
async def test_everything_passes_both_ways_in_order_and_with_its_cycle(dut: Any) -> None:
    """All channels at once, at random rates; the trace has what happened, in the order of the capture."""
    first_cycle = 2**48 - 1000
    machine, system, rng = await begin(dut, first_cycle)
    granted: dict[int, int] = defaultdict(int)
    want: dict[str, Any] = defaultdict(list)
    width, beat = 64, 8
    record = bytearray(128)
    sent_bursts: dict[tuple[int, str], list[bytes]] = defaultdict(list)
    bursts: dict[int, list[tuple[str, int, int, list[int]]]] = defaultdict(list)

    for _ in range(14):
        command = (
            rng.randrange(256),
            *(rng.getrandbits(16) for _ in range(2)),
            rng.getrandbits(64),
            rng.getrandbits(32),
        )
        want["command"].append(command)
        opcode, tag, volume, position, size = command
        text = bytes((opcode,)) + tag.to_bytes(2, "little") + volume.to_bytes(2, "little")
        machine.send(Channel.COMMANDS, text + position.to_bytes(8, "little") + size.to_bytes(4, "little"))
    for channel, port in ((Channel.WRITE_DATA, "write"), (Channel.PATH, "path")):
        for _ in range(6):
            beats = [rng.getrandbits(width) for _ in range(rng.choice((1, 2, 40, 70)))]
            want[port] += [(value, int(at == len(beats) - 1)) for at, value in enumerate(beats)]
            data = b"".join(value.to_bytes(beat, "little") for value in beats)
            cut = beat * rng.randrange(1, len(beats) + 1)
            for piece, ends in ((data[:cut], cut == len(data)), (data[cut:], True)):
                if piece:
                    machine.send(channel, (len(piece) | ends << 15).to_bytes(2, "little") + piece)
    for _ in range(12):
        address = rng.getrandbits(16)
        if rng.randrange(2):
            data, strobe = rng.getrandbits(64), rng.randrange(256)
            want["awaddr"].append(address)
            want["wdata"].append((data, strobe))
            text = bytes((1,)) + address.to_bytes(2, "little") + bytes((strobe,)) + data.to_bytes(8, "little")
            machine.send(Channel.REGISTERS, text)
        else:
            want["araddr"].append(address)
            machine.send(Channel.REGISTERS, bytes((0,)) + address.to_bytes(2, "little"))
    for device in range(2):
        channel = Channel.DEVICE + device
        for _ in range(8):
            resp, last = rng.randrange(4), rng.randrange(2)
            if rng.randrange(2):
                want[f"b{device}"].append(resp)
                machine.send(channel, bytes((resp << 1,)))
            else:
                beats = [rng.getrandbits(width) for _ in range(rng.choice((1, 3, 64)))]
                final = len(beats) - 1
                want[f"r{device}"] += [(value, resp, int(last and at == final)) for at, value in enumerate(beats)]
                text = bytes((1 | resp << 1 | last << 3, final))
                machine.send(channel, text + b"".join(value.to_bytes(beat, "little") for value in beats))
            address = rng.getrandbits(48)
            data = [rng.getrandbits(width) for _ in range(rng.choice((1, 2, 30)))]
            bursts[device].append((rng.choice(("read", "write")), address, len(data), data))
    for port in ("read", "path"):
        for _ in range(5):
            beats = [rng.getrandbits(width) for _ in range(rng.choice((1, 2, 60)))]
            tag = rng.getrandbits(16)
            system.give[port] += [(value, int(at == len(beats) - 1), tag) for at, value in enumerate(beats)]
            want[f"{port}_out"] += [value.to_bytes(beat, "little") for value in beats]
    system.give["response"] = [(rng.getrandbits(16), rng.randrange(256)) for _ in range(10)]
    for _ in range(30):
        for _ in range(rng.choice((0, 3, 30))):
            record[rng.randrange(128)] = rng.randrange(256)
        system.give["commit"].append(bytes(record))
    want["commit"] = [*system.give["commit"]]

    async def device(number: int, direction: str) -> None:
        """The system's bursts of a device in one direction, beside those of the other; data of a write may be there
        before its address is taken."""
        for kind, address, count, data in bursts[number]:
            if kind != direction:
                continue
            await ClockCycles(dut.clk, rng.randrange(1, 200))
            ports = "aw" if kind == "write" else "ar"
            left = [*data] if kind == "write" else []
            text = bytes((kind == "read", count - 1)) + address.to_bytes(6, "little")
            sent_bursts[number, kind].append(text + b"".join(value.to_bytes(beat, "little") for value in left))
            valid, taken = 1, False
            while not taken or left:
                _set(getattr(dut, f"s_axi_{ports}valid"), number, 1, valid)
                _set(getattr(dut, f"s_axi_{ports}addr"), number, 48, address)
                _set(getattr(dut, f"s_axi_{ports}len"), number, 8, count - 1)
                if kind == "write":
                    _set(dut.s_axi_wvalid, number, 1, int(bool(left)))
                    _set(dut.s_axi_wdata, number, width, left[0] if left else 0)
                await ReadOnly()
                taken |= bool(valid and int(getattr(dut, f"s_axi_{ports}ready").value) >> number & 1)
                moved = bool(left) and int(dut.s_axi_wready.value) >> number & 1
                await RisingEdge(dut.clk)
                valid = int(not taken)
                if moved:
                    left.pop(0)
            _set(getattr(dut, f"s_axi_{ports}valid"), number, 1, 0)
            if kind == "write":
                _set(dut.s_axi_wvalid, number, 1, 0)

    running = [cocotb.start_soon(device(number, kind)) for number in range(2) for kind in ("read", "write")]
    outward = (Channel.TRACE, Channel.READ_DATA, Channel.PATH, 8, 9)
    for _ in range(300):
        # credit as it comes: little for long, so that the trace stops everything now and then
        for channel in outward:
            taken = len(machine.data[channel])
            if channel == Channel.TRACE:
                taken = sum(len(frame.payload) for frame in machine.frames if frame.channel == Channel.TRACE)
            if granted[channel] - taken < 400:
                granted[channel] = taken + rng.randrange(100, 900)
                machine.credit(channel, granted[channel])
        machine.rate = rng.choice((30, 100, 100))
        system.rate = rng.choice((20, 60, 100))
        await ClockCycles(dut.clk, 100)
        done = all(len(system.taken[name]) == len(values) for name, values in want.items() if not name.endswith("_out"))
        if done and not any(system.give.values()) and all(task.done() for task in running):
            break
    for channel in outward:
        machine.credit(channel, granted[channel] + 5000)
    machine.rate = 100
    await ClockCycles(dut.clk, 6000)
    for name, values in want.items():
        if not name.endswith("_out"):
            assert system.taken[name] == values, name
    assert bytes(machine.data[Channel.READ_DATA]) == b"".join(want["read_out"])
    assert bytes(machine.data[Channel.PATH]) == b"".join(want["path_out"])
    for number in range(2):
        # requests of reads and of writes, each in their order, and whole
        told_bursts: dict[str, list[bytes]] = {"read": [], "write": []}
        text = bytes(machine.data[8 + number])
        while text:
            size = 8 if text[0] else 8 + beat * (text[1] + 1)
            told_bursts["read" if text[0] else "write"].append(text[:size])
            text = text[size:]
        assert told_bursts == {kind: sent_bursts[number, kind] for kind in told_bursts}
    found = told(machine, first_cycle)
    assert [entry for entry in found if entry[0] != Event.RECORD] == system.log
    assert [entry[3] for entry in found if entry[0] == Event.RECORD] == want["commit"]


def _set(signal: Any, number: int, width: int, value: int) -> None:
    """Set a device's part of a port."""
    mask = (1 << width) - 1 << width * number
    _shadow[signal._name] = _shadow.get(signal._name, 0) & ~mask | value << width * number
    signal.value = _shadow[signal._name]


# What the parts of a port were set to
_shadow: dict[str, int] = {}


@cocotb.test
async def test_a_full_channel_stops_no_other(dut: Any) -> None:
    """Commands that nobody takes, beside register accesses; they go on when they are taken."""
    machine, system, _ = await begin(dut)
    machine.credit(Channel.TRACE, 20_000)
    system.stuck = "m_host_command_ready"
    machine.send(Channel.COMMANDS, bytes(17 * 20))
    for number in range(40):
        machine.send(Channel.REGISTERS, bytes((0, number, 0)))
    await until(dut, lambda: len(system.taken["araddr"]) == 40)
    # one is offered; the rest of what was announced is in the buffer
    assert 17 * 20 - machine.waits(Channel.COMMANDS) == 64 and not system.taken["command"]
    system.stuck = ""
    await until(dut, lambda: len(system.taken["command"]) == 20)
    assert system.taken["araddr"] == [*range(40)]


@cocotb.test
async def test_without_credit_for_the_trace_nothing_happens_and_nothing_is_lost(dut: Any) -> None:
    """Records and register accesses; both go on when there is credit."""
    machine, system, rng = await begin(dut)
    records = [rng.randbytes(128) for _ in range(40)]
    system.give["commit"] = [*records]
    for number in range(60):
        machine.send(Channel.REGISTERS, bytes((0, number, 0)))
    await ClockCycles(dut.clk, 4000)
    stopped = len(system.taken["commit"]), len(system.taken["araddr"])
    assert 0 < stopped[0] < 30
    await ClockCycles(dut.clk, 2000)
    assert (len(system.taken["commit"]), len(system.taken["araddr"])) == stopped
    assert not machine.items
    machine.ask_status(1)
    await until(dut, lambda: machine.status is not None)
    machine.credit(Channel.TRACE, 30_000)
    await until(dut, lambda: len(machine.items) == len(records) + 120)
    assert [entry[3] for entry in told(machine, 0) if entry[0] == Event.RECORD] == records
    assert [entry for entry in told(machine, 0) if entry[0] != Event.RECORD] == system.log


@cocotb.test
async def test_damage_is_told_with_the_last_good_frame_and_ends_what_is_taken(dut: Any) -> None:
    """One of each kind: ERROR, then nothing is taken until a reset; errors are counted over resets."""
    machine, system, _ = await begin(dut)
    counted = bytearray(7)

    for kind in (Kind.START, Kind.CRC, Kind.NUMBER, Kind.CHANNEL, Kind.ROOM, Kind.MESSAGE, Kind.LINE):
        machine.credit(Channel.TRACE, 5000)
        machine.send(Channel.REGISTERS, bytes((0, 24, 0)))
        await until(dut, lambda: len(system.taken["araddr"]) == 1)
        await until(dut, lambda: not machine.line)
        if kind == Kind.START:
            # right behind a frame that is right
            machine.line += machine.frame(Channel.CONTROL, Credit(Channel.TRACE, 6000).payload()) + b"\x00"
        elif kind == Kind.CRC:
            good = machine.frame(Channel.REGISTERS, bytes((0, 8, 0)))
            machine.line += good[:5] + bytes((good[5] ^ 4,)) + good[6:]
        elif kind == Kind.NUMBER:
            machine.frame(Channel.REGISTERS, bytes((0, 8, 0)))
            machine.line += machine.frame(Channel.REGISTERS, bytes((0, 16, 0)))
        elif kind == Kind.CHANNEL:
            machine.line += machine.frame(7, b"\0")
        elif kind == Kind.ROOM:
            # the read that is under way takes nothing, and 64 bytes have room
            machine.line += machine.frame(Channel.REGISTERS, bytes(200))
        elif kind == Kind.MESSAGE:
            machine.line += machine.frame(Channel.REGISTERS, bytes((9,)))
        else:
            dut.rx_error.value = 1
            await RisingEdge(dut.clk)
            dut.rx_error.value = 0
        await until(dut, lambda: machine.failure is not None)
        failure = machine.failure
        assert failure is not None and failure.kind == kind, failure
        expected = {Kind.START: 255, Kind.CHANNEL: 7, Kind.LINE: 255}.get(kind, Channel.REGISTERS)
        assert failure.channel == expected, failure
        last = Channel.CONTROL if kind == Kind.START else Channel.REGISTERS
        assert failure.last_channel == last, failure
        if kind == Kind.START:
            assert failure.number == failure.last_number + 1, failure
        # down: a status is not answered, and no access is made
        machine.line.clear()
        machine.line += machine.frame(Channel.CONTROL, bytes((3, 1)))
        machine.line += machine.frame(Channel.REGISTERS, bytes((0, 32, 0)))
        await ClockCycles(dut.clk, 300)
        assert machine.status is None and len(system.taken["araddr"]) == 1
        counted[kind - 1] += 1
        machine.reset(1000 + kind)
        await until(dut, lambda: machine.hello is not None)
        system.taken.clear()
        system.give.clear()
        await until(dut, lambda: machine._limits[Channel.REGISTERS] > 0)
    machine.ask_status(1)
    await until(dut, lambda: machine.status is not None)
    assert machine.status is not None and machine.status.errors == bytes(counted)
