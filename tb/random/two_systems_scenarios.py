"""Random lock-step runs of two systems that replicate to each other. The scoreboard compares everything."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

import pyuvm

from tb.config.settings import BLOCK_BYTES, ENTRY_BYTES
from tb.environment.agents import PortSequence, accesses
from tb.environment.environment import Environment
from tb.environment.random_host import OPCODE_WEIGHTS, READ_WEIGHTS
from tb.handles.host_port import HostCommand, Opcode
from tb.random.forging import HARMLESS, OPERATING, Forger
from tb.random.limits import MOST_CYCLES, PROGRESS_CYCLES
from tb.random.names import VOLUMES, group_at, volume_at
from tb.random.neighbours import Neighbour, neighbours, originals, together
from tb.random.operators import mailbox_accesses, operator, own_accesses, random_host
from tb.random.trouble_steps import large_batches, soon, write_all
from tb.scenarios.written import Written

FORGED = (*HARMLESS, *OPERATING)
PHASES = 2
COMMANDS = (6, 16)
# Commands of each host between two neighbours that hang
FEW_COMMANDS = (2, 8)
# How often neighbours hang in a run, and hosts where nobody else does
HANGS, HOST_HANGS = 3, 5
# Chance that two neighbours hang at the same time
SEVERAL = 0.4
# Host writes of a group while a neighbour hangs: of one that it stops behind its original system, and of one that must
# go on
STOPPED_WRITES, WRITES = 6, 3
# ... and, of one that a device stops there, as many as fill all that groups share: so many more than there are slots,
# if the original's journal volume has room for them and for so many that are not freed yet
MORE_THAN_SLOTS, NOT_FREED = 8, 4
# ... and, of one that a device stops at its original system, as many as leave so many slots to others, and reads and
# flushes as many as leave one place of the host's queue and one slot
SLOTS_LEFT, MOST_READS, MOST_FLUSHES = 2, 5, 3
# Commands of a host that takes no responses: more than the system keeps answers for; shares of reads among flushes
UNANSWERED, READ_SHARES = 70, (0.0, 0.5, 1.0)
# Chance that a device that hangs is of a secondary system: most that groups share is there
OF_SECONDARY = 0.55
# Cycles, and times the path's delay, in which what is stopped behind its original system fills what it can, before
# others have something to do; cycles at its original
FILLING, FILLING_DELAYS, FILLING_ORIGINAL = 2000, 5, 300
# Cycles, beside a round trip, in which no journal has come to a group that is full, and how often it is looked at
STANDING, MOST_FILLING = 600, 8
# Settings of a group that is stopped at its secondary system, so that nothing but what stops it does, or that is to
# restore all that there is
UNLIMITED = {"interval": 50, "backlog": 64}
# Few, so that the smallest journal volume has room for all
BLOCKS = (1, 1, 2)
# Of a transfer, so that the largest that the parameters allow do not take a whole journal volume
MOST_BYTES = 4096


class RandomRun(Written):
    """Two systems and two groups, the same way or one each way."""

    most_cycles = MOST_CYCLES

    def build_phase(self) -> None:
        super().build_phase()
        parameters = self.bench.settings.parameters
        self.within_cycles = PROGRESS_CYCLES * self.bench.settings.patience
        self.progress_timeout = self.within_cycles + parameters.groups * parameters.window
        self.forger = Forger(self.bench, self.environment)
        # what hangs, or hung last
        self.hanging = "no neighbour has hung"

    def standing(self) -> list[str]:
        """Say it with what hangs."""
        return [self.hanging, *super().standing()]

    async def traffic(self, commands: tuple[int, int] = COMMANDS) -> None:
        """Commands at both systems, from so many to so many, beside register accesses."""
        rng = self.bench.generator
        sequences = []
        for environment in self.environment.systems:
            host = random_host(self.bench, environment.layout.volumes, MOST_BYTES, environment.layout)
            host.weights = rng.choice([OPCODE_WEIGHTS, READ_WEIGHTS])
            count = rng.randint(*commands)
            sequences.append(await environment.send([host.command() for _ in range(count)]))
        for environment in self.environment.systems:
            await environment.access(*operator(environment, 5), *mailbox_accesses(environment, 5))
        for sequence in sequences:
            await self.answered(sequence, "commands of a host")
        for environment in self.environment.systems:
            await environment.access(*own_accesses(environment))

    async def within(self, reached: Callable[[], bool], what: str) -> None:
        """Wait for what must come. Raises AssertionError if it does not, or not soon."""
        if not await soon(self, reached, self.within_cycles):
            raise AssertionError(f"{what} within {self.within_cycles} cycles")

    async def hang(self, neighbour: Neighbour) -> None:
        """Let a neighbour hang while there is traffic: what does not need it goes on."""
        await neighbour.hold(True)
        self.hanging = f"{neighbour.name} hangs since cycle {self.bench.cycle}"
        most = self.bench.settings.parameters.max_transfer_bytes
        blocks = tuple(count for count in BLOCKS if count * BLOCK_BYTES <= most)
        hosts, terminals = {}, {}
        stuck: list[PortSequence] = []
        # what is stopped first, so that it is in the way
        for group in sorted(VOLUMES, key=lambda group: (group not in neighbour.groups | neighbour.hosts, group)):
            original = next(e for e in self.environment.systems if group in originals(self.bench, e.system.number))
            stopped = group in neighbour.groups | neighbour.hosts
            if not stuck:
                todo = self.stuck(neighbour, original, group)
                stuck = [await original.send(commands) for commands in todo if commands]
            if neighbour.sides and stopped:
                count, sizes = self.stopped_writes(neighbour, original, group), (1,)
                await self.unlimit(group)
            else:
                count, sizes = STOPPED_WRITES if stopped else WRITES, blocks
            hosts[group] = await original.send(self.group_writes(original, group, count, sizes))
            if neighbour.sides and stopped:
                await self.fill(group, group in neighbour.hosts)
        if neighbour.kind == "responses":
            (environment,) = (e for e in self.environment.systems if e.system.number == neighbour.system)
            environment.system.host.set_queue_depth(2 * UNANSWERED)
            stuck.append(await environment.send(self.unanswered(environment)))
        for environment in self.environment.systems:
            number = environment.system.number
            terminals[number] = accesses(operator(environment, 3))
            await terminals[number].start(environment.registers.sequencer)
        for number, sequence in terminals.items():
            await self.answered(sequence, f"maintenance terminal of {number}")
        # an operator may just have asked for a journal a round trip
        await self.unlimit(*sorted(VOLUMES.keys() - neighbour.groups))
        for group, sequence in hosts.items():
            if group not in neighbour.hosts:
                await self.answered(sequence, f"writes of group {group}")
        for group in VOLUMES.keys() - neighbour.groups:
            what = f"group {group}: not everything is restored"
            await self.within(partial(self.up_to_date, group), what)
        await neighbour.hold(False)
        for system in self.bench.systems:
            system.host.set_queue_depth(self.bench.settings.behaviour.queue_depth)
        self.hanging = f"{neighbour.name} hung until cycle {self.bench.cycle}"
        for sequence in (*hosts.values(), *stuck):
            await self.answered(sequence, "commands of a host")

    async def hang_in_turn(self, hanging: Iterable[Neighbour]) -> None:
        """Let one neighbour after the other hang, with some traffic behind each, and then restore everything."""
        await self.wait_copied()
        looks, forged = self.look_now_and_then(), self.forger.begin(FORGED)
        for neighbour in hanging:
            await self.unlimit(*VOLUMES)
            await self.wait_restored()
            await self.hang(neighbour)
            await self.traffic(FEW_COMMANDS)
        forged.cancel()
        looks.cancel()
        await self.drain()

    def stuck(self, neighbour: Neighbour, original: Environment, group: int) -> list[list[HostCommand]]:
        """Return commands of a group that its host gets no answer to while a neighbour hangs: not so many that those
        behind them find no place."""
        parameters = self.bench.settings.parameters
        places = self.bench.settings.behaviour.queue_depth - 1
        if neighbour.system != original.system.number:
            return []
        reads: list[HostCommand] = []
        if neighbour.kind == "read data" or (group in neighbour.hosts and neighbour.sides & {"read_data", "commands"}):
            count = min(MOST_READS, parameters.read_slots - 1, places)
            writes = self.group_writes(original, group, count, (1,))
            reads = [replace(command, opcode=Opcode.READ, data=None) for command in writes]
        count = min(MOST_FLUSHES, parameters.flushes - 1, places - len(reads))
        if group not in neighbour.hosts or not neighbour.sides & {"write_responses", "commands"}:
            count = 0
        # flushes come behind a write that does not end
        writes = self.group_writes(original, group, 1, (1,))
        flushes = [HostCommand(Opcode.FLUSH, writes[0].volume)] * count
        return [reads, [*writes, *flushes] if flushes else []]

    def group_writes(self, original: Environment, group: int, count: int, blocks: tuple[int, ...]) -> list[HostCommand]:
        """Return random writes to the volumes of a group, of so many blocks."""
        volumes = [volume_at(original.layout, volume).number for volume in VOLUMES[group]]
        return self.writes(volumes, count, blocks, original.layout)

    def unanswered(self, environment: Environment) -> list[HostCommand]:
        """Return flushes and reads of a host that takes no responses."""
        rng, layout = self.bench.generator, environment.layout
        share = rng.choice(READ_SHARES)
        volumes = [volume_at(layout, volume) for group in VOLUMES for volume in VOLUMES[group]]
        found = []
        for _ in range(UNANSWERED):
            volume = rng.choice(volumes)
            position = volume.first + BLOCK_BYTES * rng.randrange(volume.capacity // BLOCK_BYTES)
            found.append(
                HostCommand(Opcode.READ, volume.number, position, BLOCK_BYTES)
                if rng.random() < share
                else HostCommand(Opcode.FLUSH, volume.number)
            )
        return found

    async def fill(self, group: int, at_original: bool) -> None:
        """Let a group that is stopped fill what it can: at its secondary system as long as journals come."""
        if at_original:
            await self.bench.sleep(FILLING_ORIGINAL)
            return
        delay = self.bench.settings.path.delay
        await self.bench.sleep(FILLING + FILLING_DELAYS * delay)
        secondary = next(e for e in self.environment.systems if group not in originals(self.bench, e.system.number))
        name, before = f"group[{group_at(secondary.layout, group)}].update_number", -1
        for _ in range(MOST_FILLING):
            now = await secondary.read(name)
            if now == before:
                break
            before = now
            await self.bench.sleep(STANDING + 2 * delay)

    def stopped_writes(self, neighbour: Neighbour, original: Environment, name: int) -> int:
        """Return how many writes of a block a group gets that a device stops."""
        slots = self.bench.settings.parameters.cache_slots
        number = group_at(original.layout, name)
        group = next(group for group in original.layout.groups if group.number == number)
        room = min(group.information_bytes // ENTRY_BYTES, group.data_bytes // BLOCK_BYTES - 1) - NOT_FREED
        # one more comes before flushes
        return min(slots - SLOTS_LEFT - 1 if name in neighbour.hosts else slots + MORE_THAN_SLOTS, room)

    async def unlimit(self, *groups: int) -> None:
        """Let the secondary systems of groups ask for all that they can take."""
        values = UNLIMITED | {"commands": self.bench.settings.parameters.commands} | large_batches(self)
        for environment in self.environment.systems:
            for group in set(groups) - originals(self.bench, environment.system.number):
                await write_all(environment, f"group[{group_at(environment.layout, group)}].", values)

    async def drain(self) -> None:
        """Of what is left, a journal a round trip would take too long."""
        await self.unlimit(*VOLUMES)
        await super().drain()

    async def answered(self, sequence: PortSequence, what: str) -> None:
        """Wait for the answers of a sequence. Raises AssertionError if they do not come soon."""
        await self.within(lambda: sequence.is_answered, f"{what}: not all answered")

    def up_to_date(self, group: int) -> bool:
        """Is everything restored that the original of a group has created?"""
        for copy in self.copies:
            if group in originals(self.bench, copy.original.number):
                number = group_at(self.bench.settings.layouts[copy.original.number], group)
                return copy.follower.is_up_to_date(self.bench.cycle, (number,))
        raise AssertionError(f"no system is the original of group {group}")


@pyuvm.test()
class RandomReplication(RandomRun):
    """Initial copy and hosts on both sides at once; in the end each copy is its original."""

    async def body(self) -> None:
        """Phases of traffic, and then everything is restored."""
        looks, forged = self.look_now_and_then(), self.forger.begin(FORGED)
        for _ in range(PHASES):
            await self.traffic()
        forged.cancel()
        await self.unlimit(*VOLUMES)
        await self.wait_copied()
        await self.wait_restored()
        looks.cancel()
        await self.drain()


@pyuvm.test()
class RandomNeighbours(RandomRun):
    """One neighbour after the other hangs; all others go on, and in the end each copy is its original."""

    async def body(self) -> None:
        """Traffic, some hanging neighbours, and then everything is restored."""
        rng, found = self.bench.generator, list(neighbours(self.environment))
        # a device has most in its way
        others = sorted({neighbour.kind for neighbour in found} - {"device"})
        kinds = rng.sample(["device", "device", rng.choice([*others, "device"])], HANGS)
        await self.hang_in_turn(self.chosen(kind, found) for kind in kinds)

    def chosen(self, kind: str, found: list[Neighbour]) -> Neighbour:
        """Draw a neighbour of a kind, and now and then another one that hangs at the same time. Beside devices a group
        must go on."""
        rng = self.bench.generator
        found = [neighbour for neighbour in found if neighbour.kind == "path" or VOLUMES.keys() - neighbour.groups]
        choices = [neighbour for neighbour in found if neighbour.kind == kind]
        secondary = [n for n in choices if n.kind == "device" and n.groups - originals(self.bench, n.system)]
        first = rng.choice(secondary if secondary and rng.random() < OF_SECONDARY else choices)
        others = [other for other in found if VOLUMES.keys() - first.groups - other.groups]
        return together([first, rng.choice(others)]) if others and rng.random() < SEVERAL else first


@pyuvm.test()
class HangingHost(RandomRun):
    """The host of one system or the other takes no responses, again and again; all others go on."""

    async def body(self) -> None:
        """Those neighbours alone."""
        found = [neighbour for neighbour in neighbours(self.environment) if neighbour.kind == "responses"]
        await self.hang_in_turn(self.bench.generator.choices(found, k=HOST_HANGS))
