"""What the channels of a bench's systems do, cycle by cycle: valid and ready of each port's streams."""

from typing import Any

from mirrorlog.formats.commit_record import CommitRecord

RECORD, SENT, TAKEN = "commit record", "packet to the other system", "packet from the other system"
# of a channel: its signals' prefix, the bits of it for a device (None: it has none)
STREAMS = {
    "host command": "command_",
    "host write data": "write_t",
    "host response": "response_",
    SENT: "path_out_t",
    TAKEN: "path_in_t",
    RECORD: "commit_t",
}
DEVICE_CHANNELS = {"AW": "aw", "W": "w", "B": "b", "AR": "ar", "R": "r"}


class Sampler:
    """Takes what every channel of one system does, once a cycle: 0 nothing, 1 valid but not ready, of a transfer its
    label (of a commit record process and outcome). `dut` is the system's system_bench.
    """

    def __init__(self, dut: Any, devices: int) -> None:
        self._dut = dut
        self._streams = {
            name: (getattr(dut, f"{prefix}valid"), None if name == RECORD else getattr(dut, f"{prefix}ready"))
            for name, prefix in STREAMS.items()
        }
        self._channels = [
            (f"device {device} {name}", getattr(dut, f"{prefix}valid"), getattr(dut, f"{prefix}ready"), device)
            for device in range(devices)
            for name, prefix in DEVICE_CHANNELS.items()
        ]
        self.taken: dict[str, list[int | str]] = {name: [] for name in self._streams} | {
            name: [] for name, *_ in self._channels
        }

    def sample(self) -> None:
        """Take one cycle."""
        for name, (valid, ready) in self._streams.items():
            moves = int(valid.value) and (ready is None or int(ready.value))
            self.taken[name].append(self._label(name) if moves else int(valid.value))
        for name, valid, ready, device in self._channels:
            valid_now, ready_now = (int(signal.value) >> device & 1 for signal in (valid, ready))
            self.taken[name].append("beat" if valid_now and ready_now else valid_now)

    def _label(self, name: str) -> str:
        if name == RECORD:
            record = CommitRecord.unpack(int(self._dut.commit_tdata.value).to_bytes(128, "little"))
            return f"{record.process}/{record.outcome}"
        return "beat"
