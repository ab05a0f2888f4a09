"""Fault exploration: random settings, load and faults for two systems, with the protocol's promises checked at every
step.
"""

from collections.abc import Callable, Iterable
from typing import Any

from mirrorlog.explore.damage import Damaged, change_a_bit, check_damaged, check_sound
from mirrorlog.explore.limits import Limits, answer_waiting
from mirrorlog.explore.partners import (
    Match,
    both_know,
    check_fits,
    come_back,
    deliver_as_a_strangers,
    deliver_late,
    visit_stranger,
)
from mirrorlog.explore.settings import BLOCK, Faults
from mirrorlog.explore.systems import ExploredSystems
from mirrorlog.explore.variations import alter_journal_volume, visit_secondary
from mirrorlog.formats.commit_record import Creation
from mirrorlog.formats.connection_path import Packet, PacketError, PacketType
from mirrorlog.formats.outcomes import CommandOutcome, InitialCopyOutcome
from mirrorlog.processes.command_reception import FUA, HostCommand, Opcode
from mirrorlog.processes.journal_read_reception import ReadFault
from mirrorlog.processes.maintenance import Answer, MaintenanceError
from mirrorlog.systems.history import OrderedWrite
from mirrorlog.systems.invariants import (
    Violation,
    check_copy,
    check_equal,
    check_group,
    check_restored,
    check_sent,
    knows_all,
    lose_original,
    stored_state,
)
from mirrorlog.systems.topology import GroupLink, finish_device_writes
from mirrorlog.tables.settings import ReadMode
from mirrorlog.tables.shared_memory import GroupState, PairState

STRANGE_TAGS = 11
"""One packet of so many comes from a stranger, too, without a random number, so that seeds stay what they are."""

FUA_SHARE = 8
"""One write of so many waits for its device."""

_MAINTENANCE = (PacketType.MAINTENANCE_COMMAND, PacketType.MAINTENANCE_ANSWER)

Draws = dict[int | None, Any]
"""The state of the random numbers at the begin of each step, and behind the last (None)."""


class Exploration(ExploredSystems):
    """One seed's run: `run` raises Violation when a promise is broken. `actions` is what happened, one word or two
    each; `begun` is the number of the step in progress, None before the first and behind the last. `recorded`
    gets what each step draws from, if it is a dictionary; steps draw from `replayed` what it has for them.
    """

    healing_steps = 12_000
    """After so many steps without faults all has drained: the slowest settings take four round trips a journal."""

    telling_steps = 1500
    """After so many steps without faults both sides of a group know that it is "abnormal": about ten time-outs."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.unknown_steps: dict[int, int] = {}
        self.now = 0
        self.cut = False
        self.healed = False
        self.actions: list[str] = []
        self.begun: int | None = None
        self.recorded: Draws | None = None
        self.replayed: Draws = {}
        self.stalled: dict[int, tuple[HostCommand, bytes, int]] = {}
        self.limits = Limits(self.topology)
        self.damaged: Damaged = set()
        self.sound = not self.faults.rot

    def run(self, steps: Iterable[int]) -> None:
        """Run steps in which everything may fail, then heal, or let the original system be lost."""
        self.take(steps)
        if self.disaster:
            self._lose()
        else:
            self._heal()

    def take(self, steps: Iterable[int]) -> None:
        """Take the steps with these numbers; those that were recorded draw what they drew then, whatever is left out
        before them.
        """
        for number in steps:
            self._begin(number)
            self.step()
        self._begin(None)

    def _begin(self, number: int | None) -> None:
        """Begin a step, or what comes behind the last."""
        self.begun = number
        if number in self.replayed:
            self.rng.setstate(self.replayed[number])
        if self.recorded is not None:
            self.recorded[number] = self.rng.getstate()

    def _lose(self) -> None:
        self._say("original system lost")
        self._say(lose_original(self.topology, self.links[0], self.histories[0]))
        self._say(deliver_late(self.topology, self.links[0], self.rng, self.now))
        if self.match is Match.FITS:
            self._say(come_back(self.topology, self.links[0], self.now))
        check_damaged(self.topology, self.links[0], self.damaged)

    def step(self) -> None:
        """Let one thing happen, and check."""
        choices = self._more()
        choices += [self._write] * 4 + [self._device] * 8 + [self._path] * 8 + [self._poll] * 3 + [self._copy] * 2
        choices += [self._restore] * (1 if self.slow_restore else 4) + [self._tick] * 2 + [self._read]
        if self.stalled:
            choices += [self._retry] * 2
        if self.alters:
            choices.append(self._alter)
        rare = self.rng.random()
        if rare < self.faults.crash:
            self._crash()
        elif rare < self.faults.crash + self.faults.cut:
            self.cut = not self.cut
            self._say("path cut" if self.cut else "path healed")
        elif rare < self.faults.crash + self.faults.cut + self.faults.suspend:
            self._suspend()
        elif rare < self.faults.crash + self.faults.cut + self.faults.suspend + self.faults.rot:
            self._rot()
        else:
            self.rng.choice(choices)()
        self.check()

    def _more(self) -> list[Callable[[], None]]:
        """Return what else can happen, with or without faults."""
        return []

    def check(self) -> None:
        """Check what must hold at every moment."""
        for link in self.links:
            check_group(self.topology, link, self.histories[link.group])
            check_fits(self.topology, link, self.match)
            check_damaged(self.topology, link, self.damaged)
        if self.sound:
            check_sound(self.topology)
        for system in self.topology.systems.values():
            answer_waiting(system)

    def _write(self) -> None:
        """A host writes (one stalled write a system holds its others back)."""
        link = self.rng.choice(self.links)
        if link.original in self.stalled:
            return
        size = BLOCK * self.rng.randrange(1, self.largest // BLOCK + 1)
        position = BLOCK * self.rng.randrange((self.capacity - size) // BLOCK + 1)
        volume = self.rng.choice(link.volumes)
        created = self.rng.choice((None, self.rng.randrange(1 << 40)))
        self._issue(link, volume, position, self.rng.randbytes(size), created)

    def _issue(self, link: GroupLink, volume: int, position: int, data: bytes, created: int | None = None) -> None:
        """A host gives a write of data, or a discard, to its system."""
        command = self._command(volume, position, data, created)
        self._receive(link, command, data if command.brings_data() else b"", None)

    def _command(self, volume: int, position: int, data: bytes, created: int | None = None) -> HostCommand:
        """Return a write of data, or a discard. Which it is, and whether it waits for its device, is drawn from the
        data, so that seeds stay what they are.
        """
        opcode = Opcode.DISCARD if data[0] < self.discards else Opcode.WRITE
        opcode = Opcode(opcode | FUA) if data[1] % FUA_SHARE == 0 else opcode
        return HostCommand(opcode, 0, volume, position, len(data), self.now, created)

    def _retry(self) -> None:
        """A stalled write tries again."""
        system = self.rng.choice(list(self.stalled))
        command, data, since = self.stalled[system]
        link = next(link for link in self.links if link.original == system and command.volume in link.volumes)
        self._receive(link, command, data, self.now - since)

    def _receive(self, link: GroupLink, command: HostCommand, data: bytes, waited: int | None) -> None:
        system = self.topology.systems[link.original]
        group = system.shared.groups[link.group]
        before = group.update_number
        pair = system.shared.pairs[system.shared.volumes[command.volume].pair]
        passed = pair.state is not PairState.COPYING or command.position < pair.copy_complete_address
        step = system.command_reception.receive(command, data, waited)
        if step is None:
            self.limits.check_wait(link, waited)
            return
        self.stalled.pop(link.original, None)
        what = Opcode(command.opcode).name.lower()
        self._say(f"{what} {command.volume}:{command.position}+{command.size} {step.outcome}/{step.creation}")
        if step.outcome == CommandOutcome.STALLED:
            self.stalled[link.original] = (command, data, self.now)
        if step.outcome != CommandOutcome.WRITTEN:
            return
        journaled = step.creation == Creation.HOST_WRITE_CREATED
        if group.update_number != before + journaled:
            raise Violation("update numbers are not contiguous")
        if journaled and not passed:
            raise Violation("a write at or behind the copy complete address was journaled")
        if not journaled and group.state is GroupState.NORMAL and pair.state is PairState.NORMAL:
            raise Violation("a write was acknowledged unjournaled while its pair is normal")
        history = self.histories[link.group]
        given = command.created if self.settings.host_time else None
        time = command.time if given is None else given
        left = command.content(data)
        history.add(OrderedWrite(group.update_number - 1, journaled, command.volume, command.position, left, time))
        if journaled:
            history.journals[before] = len(data)
        content = self.contents[link.original, command.volume]
        content[command.position : command.position + len(left)] = left

    def _read(self) -> None:
        """A host reads."""
        link = self.rng.choice(self.links)
        if self.rng.random() < 0.3:
            visit_secondary(self.topology, link, self.histories[link.group])
            return
        volume = self.rng.choice(link.volumes)
        system = self.topology.first(link.group)
        size = BLOCK * self.rng.randrange(1, self.largest // BLOCK + 1)
        position = BLOCK * self.rng.randrange((self.capacity - size) // BLOCK + 1)
        step = system.command_reception.receive(HostCommand(Opcode.READ, 0, volume, position, size))
        if step is not None and step.reference:
            data = system.command_reception.reads.pop(step.reference).data
            if data != self.contents[link.host_system(), volume][position : position + size]:
                raise Violation(f"a read of volume {volume} returned other data than was written")

    def _device(self) -> None:
        """A device answers one of its writes."""
        system = self.topology.systems[self.rng.choice(list(self.topology.systems))]
        adapter = system.disk_adapter
        writes = [*adapter.volume_writes.values(), *adapter.restore_writes.values()]
        ready = [write for write in writes if system.cache.blocks_volume_write(write) is None]
        journals = [journals[0] for journals in adapter.journal_writes if journals]
        if not ready and not journals:
            return
        fails = self.rng.random() < self.faults.device
        if ready and (not journals or self.rng.random() < 0.5):
            write = self.rng.choice(ready)
            _, place = adapter.volume_range(write.volume, write.position, write.size)
            system.volume_write_done(write, [place] if fails else ())
            self._say(f"volume write {write.number} {'failed' if fails else 'done'}")
            if write.group is not None:
                check_copy(self.topology, self.topology.links[write.group], self.histories[write.group])
        else:
            journal = self.rng.choice(journals)
            _, place = adapter.volume_range(journal.journal_volume, journal.information_place, 64)
            fails &= not journal.cached
            system.journal_write_done(journal, [place] if fails else ())
            self._say(
                f"journal {journal.update_number} {'failed' if fails else 'durable'} at {system.parameters.system}"
            )

    def _path(self) -> None:
        """Something happens to a packet."""
        key = self.rng.choice(list(self.topology.paths))
        path = self.topology.paths[key]
        if not path:
            return
        faults, chance = self.faults, self.rng.random
        at = self.rng.randrange(len(path)) if chance() < faults.reordering else 0
        packet = path[at]
        if chance() >= faults.duplication:
            del path[at]
        elif len(path) > 50:
            path.popleft()
        if self.cut or chance() < faults.loss:
            self._say(f"{packet.type.name} {packet.tag} lost")
            return
        if chance() < faults.corruption:
            self._corrupt(packet)
            return
        self._say(f"{packet.type.name} {packet.tag} to {packet.destination}")
        self._deliver(packet)

    def _deliver(self, packet: Packet) -> None:
        fault = ReadFault.NONE
        if self.rng.random() < self.faults.device:
            fault = self.rng.choice((ReadFault.JOURNAL_VOLUME, ReadFault.ORIGINAL_VOLUME))
        if packet.journals:
            self.limits.check_pushed(packet)
        if packet.journals and not packet.poisoned:
            check_sent(packet, self.histories[packet.group])
        known = knows_all(self.topology, packet)
        before = stored_state(self.topology, packet) if known else None
        if packet.tag % STRANGE_TAGS == 1 and packet.type not in _MAINTENANCE:
            deliver_as_a_strangers(self.topology, packet, self.now)
        answer = self._take(packet, fault)
        self.limits.taken(packet, answer, self.now)
        if known and stored_state(self.topology, packet) != before:
            raise Violation("a journal received twice changed something")
        if answer is not None:
            self.topology.send(answer)

    def _take(self, packet: Packet, fault: ReadFault) -> Packet | None:
        """A system takes a packet; returns its answer."""
        return self.topology.systems[packet.destination].receive(packet, self.now, fault)

    def _corrupt(self, packet: Packet) -> None:
        """A bit flips on the way: the packet must not be taken."""
        packed = bytearray(packet.pack())
        packed[self.rng.randrange(len(packed))] ^= 1 << self.rng.randrange(8)
        try:
            Packet.unpack(bytes(packed))
        except PacketError:
            self._say(f"{packet.type.name} {packet.tag} corrupted")
            return
        raise Violation("a corrupted packet was taken")

    def _poll(self) -> None:
        """The secondary system sends a journal read command if it is time, or stores what it held."""
        link = self.rng.choice(self.links)
        system = self.topology.secondary(link.group)
        reading = system.journal_read_command
        if self.rng.random() < (0.7 if link.settings.mode is ReadMode.PUSH else 0.2):
            system = self.topology.original(link.group)
        elif not system.shared.groups[link.group].secondary.started:
            self._specify_again()
            return
        elif held := reading.groups[link.group].held:
            if self.rng.random() < 0.3 and reading.give_up(held[0]):
                self._say("held journals given up")
            reading.store_held(link.group, self.now)
            self._say("held journals stored again")
        packet = system.next_packet(link.group, self.now)
        if packet is not None:
            self.topology.send(packet)
            self._say(f"{packet.type.name} {packet.tag} of system {packet.source}")

    def _specify_again(self) -> None:
        """What was specified for another system and not answered is sent again."""
        for system in self.topology.systems.values():
            for packet in system.outbox.commands():
                self.topology.send(packet)

    def _copy(self) -> None:
        """Initial copy goes on."""
        link = self.rng.choice(self.links)
        system = self.topology.original(link.group)
        group = system.shared.groups[link.group]
        before, entries = group.update_number, self.limits.entries(link)
        outcome = system.initial_copy.step(link.group).outcome
        self.limits.check_copied(entries, outcome)
        for number in range(before, group.update_number):
            self.histories[link.group].journals[number] = 0
        if outcome != InitialCopyOutcome.NO_VOLUME:
            self._say(f"initial copy {outcome}")

    def _restore(self) -> None:
        """Restore goes on."""
        link = self.rng.choice(self.links)
        system = self.topology.secondary(link.group)
        if not system.shared.groups[link.group].secondary.started:
            return
        if len(system.restore.groups[link.group].in_flight) >= self.settings.restores:
            return
        fails = self.rng.random() < self.faults.device
        outcome = system.restore.step(link.group, fails).outcome
        self._say(f"restore {outcome}")
        check_restored(self.topology, link, self.histories[link.group])
        check_copy(self.topology, link, self.histories[link.group])

    def _tick(self) -> None:
        """Time passes."""
        long = not self.healed and self.rng.random() < 0.04
        self.now += self.rng.randrange(100, 1000) if long else self.rng.randrange(1, 30)
        for link in self.links:
            self.topology.original(link.group).journal_read_reception.watch(link.group, self.now)
            self.limits.check_heartbeat(link, self.now)
        if self.rng.random() < 0.2:
            self._specify_again()
        if self.rng.random() < 0.1:
            visit_stranger(self.topology, self.rng.choice(self.links), self.rng)
        if self.rng.random() < 0.1:
            self._start_again()

    def _crash(self) -> None:
        """A system crashes and starts again: what was stalled is gone, what was on the paths may be, cache and shared
        memory are not.
        """
        number = self.rng.choice(list(self.topology.systems))
        self._say(f"system {number} crashes")
        self.topology.systems[number].restart()
        self.stalled.pop(number, None)
        if self.rng.random() < 0.5:
            for path in self.topology.paths.values():
                path.clear()

    def _suspend(self) -> None:
        link = self.rng.choice(self.links)
        try:
            self.topology.original(link.group).maintenance.suspend(link.group)
            self._say(f"group {link.group} suspended")
        except MaintenanceError:
            return

    def _rot(self) -> None:
        """A bit changes on a journal volume's device."""
        said = change_a_bit(self.topology, self.rng.choice(self.links), self.rng, self.damaged)
        if said:
            self._say(said)

    def _alter(self) -> None:
        """A journal volume's capacity or performance changes."""
        said = alter_journal_volume(self.topology, self.rng.choice(self.links), self.rng)
        if said:
            self._say(said)

    def _start_again(self) -> None:
        """An abnormal group gets a new initial copy, once its volumes work."""
        for link in self.links:
            original = self.topology.original(link.group)
            if original.shared.groups[link.group].state is GroupState.NORMAL or not self._repair(link):
                continue
            try:
                self.topology.initiate(link.group, self.now)
                self._say(f"group {link.group} starts again")
            except MaintenanceError as error:
                if error.answer is not Answer.BUSY:
                    raise

    def _heal(self) -> None:
        """Nothing fails any more: everything drains, and both sides are equal, abnormal volumes aside."""
        self._say("heals")
        self.cut = False
        self.healed = True
        self.faults = Faults()
        for system in self.topology.systems.values():
            finish_device_writes(system)
        self._start_again()
        for _ in range(self.healing_steps):
            self.step_healed()
            if not self.stalled and self.rng.random() < 0.02 and all(self._is_over(link) for link in self.links):
                break
        else:
            raise Violation("after healing it does not drain")
        for link in self.links:
            check_equal(self.topology, link)

    def step_healed(self) -> None:
        """Let one thing happen without new host writes, and check."""
        choices = self._more()
        choices += [self._device] * 6 + [self._path] * 6 + [self._poll] * 3 + [self._copy] * 2 + [self._restore] * 4
        choices += [self._tick, self._specify_again]
        if self.stalled:
            choices.append(self._retry)
        self.rng.choice(choices)()
        self.check()
        for link in self.links:
            self.unknown_steps[link.group] = (
                0 if both_know(self.topology, link) else self.unknown_steps.get(link.group, 0) + 1
            )
            if self.unknown_steps[link.group] > self.telling_steps:
                raise Violation("one side of a group is abnormal, and the other one does not know")

    def _is_over(self, link: GroupLink) -> bool:
        original = self.topology.original(link.group).shared.groups[link.group]
        secondary = self.topology.secondary(link.group).shared.groups[link.group]
        if not both_know(self.topology, link):
            return False
        if original.state is not GroupState.NORMAL:
            return secondary.state is not GroupState.NORMAL or original.generation != secondary.generation
        return original.generation == secondary.generation and self.topology.is_drained(link.group)

    def _say(self, text: str) -> None:
        self.actions.append(text)
