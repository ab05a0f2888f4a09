"""The handles of a system that the model plays: they stand where those of a system in Verilog stand.

The model is called every STRIDE cycles, takes what has come since, and goes on that far (tb/partner/). Packets and
lines of the capture are exchanged with tb/hdl/partner_port.v through files; they come as they would from Verilog, up to
2 * STRIDE cycles later.
"""

import random
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, Timer
from pyuvm import uvm_object

from mirrorlog.tables.shared_memory import Parameters as Built
from tb.config.files import beside
from tb.config.settings import Behaviour, PathBehaviour, Start
from tb.handles.capabilities import Capability
from tb.handles.host_port import HostCommand
from tb.handles.played_port import PlayedPort
from tb.handles.register_port import RegisterAccess
from tb.handles.storage_device import DeviceDamage, DeviceError
from tb.partner.partner import Partner

STRIDE = 16
RESET_CYCLES = 80
# Within which the model comes to rest at the end, or is stopped
REST_CYCLES = 8192


class PartnerHost:
    """The host of the played system: as HostPortDriver."""

    def __init__(self, partner: Partner) -> None:
        self._partner = partner
        self.pushed = 0
        self.tag_first = 0

    def configure(self, queue_depth: int, tag_first: int) -> None:
        """Set how many commands may be outstanding, and the tag of the first command."""
        self.set_queue_depth(queue_depth)
        self.tag_first = tag_first

    def set_queue_depth(self, queue_depth: int) -> None:
        """Set how many commands may be outstanding from now on."""
        self._partner.queue_depth = queue_depth

    def hold(self, read_data: bool = False, responses: bool = False) -> None:
        """Take no read data, no responses until called again."""
        self._partner.hold_data, self._partner.hold_responses = read_data, responses

    def tag(self, number: int) -> int:
        """Return the tag of the command that was pushed as `number`, from 0."""
        return (self.tag_first + number) % 65536

    async def send(self, command: HostCommand) -> None:
        """Hand one command to the host."""
        self.push(command)

    def push(self, command: HostCommand) -> int:
        """Hand one command to the host; return its number."""
        self._partner.give(command, self.tag(self.pushed))
        self.pushed += 1
        return self.pushed - 1

    @property
    def answered(self) -> int:
        """How many commands are answered."""
        return self._partner.answered


class PartnerRegisters:
    """The maintenance terminal of the played system: as RegisterPortDriver."""

    def __init__(self, partner: Partner) -> None:
        self._partner = partner
        self.pushed = 0

    async def send(self, access: RegisterAccess) -> None:
        """Hand one access to the terminal."""
        self.push(access)

    def push(self, access: RegisterAccess) -> int:
        """Hand one access to the terminal; return its number."""
        self._partner.access(access)
        self.pushed += 1
        return self.pushed - 1


class PartnerDevice:
    """A storage device of the played system: as StorageDevice."""

    def __init__(self, partner: Partner, number: int) -> None:
        self._partner = partner
        self._number = number
        self._neighbour = partner.neighbours[number]

    def set_latency(self, write: int, read: int) -> None:
        """Cycles until the first burst of a write, or of a read, is answered; of all devices of the system."""
        self._partner.write_latency, self._partner.read_latency = write, read

    def set_pauses(self, percent: float) -> None:
        """Answer nothing, with this chance, when something could be."""
        self._neighbour.pauses = percent

    def hold(self, write_responses: bool = False, read_data: bool = False, commands: bool = False) -> None:
        """Answer no writes, no reads, neither of both, until called again."""
        self._neighbour.hold_writes = write_responses or commands
        self._neighbour.hold_reads = read_data or commands

    def fail(self, error: DeviceError) -> None:
        """Answer bursts with errors."""
        self._neighbour.error, self._neighbour.errors = error, error.count

    def damage(self, damage: DeviceDamage) -> None:
        """Let the device return other bytes than it holds."""
        self._neighbour.damage, self._neighbour.damages = damage, damage.count

    async def dump(self) -> bytes:
        """Return the whole content."""
        return self._partner.image(self._number)


class PartnerControl(uvm_object):  # type: ignore[misc]
    """Handles of the system that the model plays: as SystemControl."""

    dut = None
    cannot: frozenset[Capability] = frozenset()
    # its commit trace is always taken
    is_stopped = False

    def connect(self, bench: Any, index: int, number: int) -> None:
        """Find its partner_port in a bench (testbench.py, BenchControl); `index` counts its systems from 0."""
        parameters, prefix, top = bench.settings.parameters, bench.prefix, bench.top
        self.number = number
        self._port = PlayedPort(number, top.system[index].at.bench, prefix, parameters.data_width // 8)
        self._top = top
        self._period = 2 * int(top.HALF_PERIOD.value)
        built = Built(
            number,
            parameters.data_width,
            parameters.volumes,
            parameters.pairs,
            parameters.groups,
            parameters.devices,
            parameters.max_transfer_bytes,
            commands=parameters.commands,
            window=parameters.window,
            batch_journals=parameters.batch_journals,
            batch_bytes=parameters.max_data_bytes,
            address_bits=parameters.axi_addr_width,
        )
        sizes = [parameters.device1_bytes if d else parameters.device0_bytes for d in range(parameters.devices)]
        self.partner = Partner(built, random.Random(f"partner {bench.seed}"), self._port.shown, sizes, self._period)
        self.devices = [PartnerDevice(self.partner, device) for device in range(parameters.devices)]
        self.host = PartnerHost(self.partner)
        self.registers = PartnerRegisters(self.partner)
        self._start = Start()
        self._images = {
            device: image.read_bytes()
            for device in range(parameters.devices)
            if (image := beside(prefix, f"image{number}_{device}")).exists()
        }
        self._in_reset = False
        # has it done anything in the last stride?
        self.moved = False
        self._ending = self._stopped = False

    def configure(self, behaviour: Behaviour, generator: random.Random) -> None:
        """Set host and devices; of pauses, those of the devices."""
        self.host.configure(behaviour.queue_depth, generator.getrandbits(16))
        for device in self.devices:
            device.set_latency(behaviour.write_latency, behaviour.read_latency)
            device.set_pauses(behaviour.device_pauses)

    def stop(self, responses: bool = False, commit: bool = False) -> None:
        """Take no responses until called again; the played system's commit trace is always taken."""
        self.host.hold(responses=responses)

    def begin_at(self, start: Start) -> None:
        """Set what the system starts from, before the end of reset."""
        self._port.begin_at(start)
        self._start = start

    def begin(self, path: PathBehaviour) -> None:
        """The end of reset: the model plays from now on, and sends as fast as the path takes packets."""
        self.partner.beats_in_cycles = path.beats, path.cycles
        start, elapsed = self._start, int(self._top.elapsed_ns.value)
        since = elapsed - self._cycles() * self._period
        self.partner.begin(start.first_cycle, start.device_base, start.time_ns + since, self._images)
        cocotb.start_soon(self._play())

    async def reset(self) -> None:
        """Reset this system while the rest of the bench goes on: what host and registers were given and is not answered
        is lost, and what comes from the path meanwhile. Nothing may be given to it."""
        self._exchange()
        self._in_reset = True
        await ClockCycles(self._top.clk, RESET_CYCLES)
        self._port.packets()
        self.partner.cycle = max(self.partner.cycle, self._now())
        self.partner.reset()
        self._in_reset = False
        self._exchange()

    async def finish(self) -> None:
        """Begin nothing any more, and wait until nothing is in flight and all is in the capture. (The comparison says
        what still is then.)"""
        self._ending = True
        for _ in range(REST_CYCLES // STRIDE):
            await Timer(STRIDE * self._period, "ns")
            if self._stopped:
                break
        self._stopped = True
        await Timer(2 * STRIDE * self._period, "ns")

    @property
    def answered(self) -> bool:
        """Have host and registers all their answers?"""
        return self.partner.answered == self.host.pushed and self.partner.accesses == self.registers.pushed

    async def _play(self) -> None:
        while not self._stopped:
            await Timer(STRIDE * self._period, "ns")
            if not (self._in_reset or self._stopped):
                self._go_on()
        self._exchange()

    def _go_on(self) -> None:
        """Take what came, go on for a stride, hand over what is sent and shown."""
        self._exchange()
        self.partner.incoming += self._port.packets()
        self.partner.cycle = max(self.partner.cycle, self._now())
        self.moved = self.partner.run(self._now() + STRIDE, not self._ending)
        self._stopped = self._ending and not self.moved and self.partner.is_quiet()

    def _cycles(self) -> int:
        return int(self._top.capture.cycle.value)

    def _now(self) -> int:
        return self._start.first_cycle + self._cycles()

    def _exchange(self) -> None:
        """Hand over lines, data and packets of the stride before this."""
        self._port.hand_over(self.partner.outgoing)
        self.partner.outgoing.clear()
