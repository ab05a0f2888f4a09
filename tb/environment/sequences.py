"""Register sequences that set up tables, and host sequences."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from mirrorlog.simulate.workload import Request, RequestKind, Workload
from tb.config.settings import Group, Layout, Pair, Volume
from tb.handles.host_port import HostCommand, Opcode
from tb.handles.register_port import RegisterAccess


def table_writes(
    layout: Layout, addresses: Mapping[str, int], system: int, device_base: int = 0
) -> list[RegisterAccess]:
    """Return the register writes that set up volume, pair and group information and empty journals. States come
    last. What runs (`activity`) is not among them. `device_base` is the address of the first byte of each device."""
    values: dict[str, int] = {}
    states: dict[str, int] = {}
    for volume in layout.volumes:
        values |= _volume(volume, device_base)
        states[f"volume[{volume.number}].state"] = volume.state
    for pair in layout.pairs:
        values |= _pair(pair, system)
        states[f"pair[{pair.number}].state"] = pair.state
    for group in layout.groups:
        values |= _group(group, next((v.first for v in layout.volumes if v.number == group.journal_volume), 0))
        states[f"group[{group.number}].state"] = group.state
    return [RegisterAccess(True, addresses[name], value) for name, value in (values | states).items()]


def _volume(volume: Volume, device_base: int) -> dict[str, int]:
    """FIG 4."""
    row = f"volume[{volume.number}]."
    return {
        row + "capacity": volume.first + volume.capacity,
        row + "format": int.from_bytes(b"FBA512", "little"),
        row + "pair": volume.pair,
        row + "device": volume.device,
        row + "offset": device_base + volume.offset - volume.first,
    }


def _pair(pair: Pair, system: int) -> dict[str, int]:
    """FIG 5."""
    row = f"pair[{pair.number}]."
    ends = (system, pair.partner or system + 1)
    original, secondary = ends[::-1] if pair.secondary else ends
    return {
        row + "original_system": original,
        row + "original_volume": pair.volumes[0],
        row + "secondary_system": secondary,
        row + "secondary_volume": pair.volumes[1],
        row + "group": pair.group,
        row + "copy_complete_address": pair.copy_complete_address,
    }


def _group(group: Group, head: int) -> dict[str, int]:
    """FIG 6 and 7: areas one after the other from `head` on, empty; every pointer is where the next journal goes."""
    row = f"group[{group.number}]."
    information, data, counted = head, head + group.information_bytes, group.counted
    values = {
        row + "pair_set": sum(1 << number for number in group.pairs),
        row + "journal_volume": group.journal_volume,
        row + "full_policy": group.policy,
        row + "watch_time": group.watch_time,
        row + "update_information_head": information,
        row + "write_data_head": data,
        row + "update_number": counted.update_number,
        row + "next_restore": counted.update_number,
        row + "data_offset": counted.data_offset,
        row + "host_bytes": counted.host_bytes,
    }
    for name in ("update_information_newest", "update_information_oldest", "update_information_commit"):
        values[row + name] = information + counted.information_place
    for name in ("read_initiation", "retry_initiation"):
        values[row + name] = information + counted.information_place
    for name in ("write_data_newest", "write_data_oldest", "write_data_commit"):
        values[row + name] = data + counted.data_place
    if group.replication is not None:
        values |= {row + name: int(value) for name, value in asdict(group.replication).items() if name != "activity"}
    return values


def workload_commands(workload: Workload, max_transfer_bytes: int) -> Iterator[HostCommand]:
    """Yield the host commands of a trace in order, splitting transfers larger than `max_transfer_bytes`."""
    for request in workload.requests:
        if request.kind is RequestKind.FLUSH:
            yield HostCommand(Opcode.FLUSH, request.volume)
            continue
        data = workload.data(request) if request.kind is RequestKind.WRITE else b""
        for done in range(0, request.size, max_transfer_bytes):
            yield _transfer(request, done, min(max_transfer_bytes, request.size - done), data)


def _transfer(request: Request, done: int, size: int, data: bytes) -> HostCommand:
    position = request.position + done
    if request.kind is RequestKind.READ:
        return HostCommand(Opcode.READ, request.volume, position, size)
    if request.kind is RequestKind.DISCARD:
        return HostCommand(Opcode.DISCARD, request.volume, position, size)
    return HostCommand(Opcode.WRITE, request.volume, position, size, data[done : done + size])
