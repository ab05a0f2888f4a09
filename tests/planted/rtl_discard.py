"""Plausible mistakes with discards and with writes that wait for their device, in one system."""

from tests.planted.bug import Bug, LockStep

DISCARD_BUGS: tuple[Bug, ...] = (
    Bug(
        id="data-offset-counts-a-discard",
        file="rtl/commit/commit_gather.v",
        find="assign taken_size           = step_data_bytes;",
        replace="assign taken_size           = size;",
        found_by=LockStep("Overlaps", "data_offset"),
    ),
    Bug(
        id="write-with-fua-is-answered-at-once",
        file="rtl/commit/commit_gather.v",
        find=" && !(written && request[`CR_FUA])",
        replace="",
        found_by=LockStep("Overlaps", "before its device has"),
    ),
    Bug(
        id="discard-leaves-what-its-slot-held",
        file="rtl/host/host_adapter.v",
        find="packet_zeros ? {DATA_WIDTH{1'b0}} : s_axis_write_tdata",
        replace="s_axis_write_tdata",
        found_by=LockStep("Overlaps", "data"),
    ),
)
