"""Bugs in the cache and in the jobs of storage devices, which the modules' own tests find."""

from tests.planted.bug import Bug, Unit

DEVICE_BUGS: tuple[Bug, ...] = (
    Bug(
        id="beat-written-into-every-bank",
        file="rtl/library/turn_memory.v",
        find="if (write_enable && (write_address & BANK_MASK) == b)",
        replace="if (write_enable)",
        found_by=Unit("turn_memory"),
    ),
    Bug(
        id="update-information-comes-faster-than-its-queue-empties",
        file="rtl/device/information_cache.v",
        find="count < DEPTH / 2;",
        replace="count < DEPTH;",
        found_by=Unit("information_cache"),
    ),
    Bug(
        id="journal-given-to-its-device-with-every-beat",
        file="rtl/device/information_cache.v",
        find="(enters_reg && begins) ? devices_reg",
        replace="enters_reg ? devices_reg",
        found_by=Unit("information_cache"),
    ),
    Bug(
        id="crc-goes-on-from-the-journal-before",
        file="rtl/device/information_cache.v",
        find=".state(begins ? 32'hFFFFFFFF : state_reg)",
        replace=".state(state_reg)",
        found_by=Unit("information_cache"),
    ),
    Bug(
        id="restore-writes-what-a-host-write-says",
        file="rtl/device/device_write_jobs.v",
        find="volumes[{slot_reg[SLOT_WIDTH-1], slot_reg[INDEX_WIDTH-1:0]}];",
        replace="volumes[{1'b0, slot_reg[INDEX_WIDTH-1:0]}];",
        found_by=Unit("device_write_unit"),
    ),
    Bug(
        id="range-given-to-a-device-that-splits-another",
        file="rtl/device/device_write_jobs.v",
        find="chosen != 3'd0 && range_ready[n] && !reads_reg[n]",
        replace="chosen != 3'd0 && !reads_reg[n]",
        found_by=Unit("device_write_unit", "test_information_is_written_before_write_data_and_kinds_take_turns"),
    ),
    Bug(
        id="host-read-sends-a-beat-of-cache-that-was-not-read",
        file="rtl/host/read_send.v",
        find="send_active && (!from_write || write_cache_taken);",
        replace="send_active;",
        found_by=Unit("host_read_unit"),
    ),
    Bug(
        id="restored-discard-writes-what-was-read-last",
        file="rtl/device/device_write.v",
        find="assign m_axi_wdata         = zeros_reg ? {DATA_WIDTH{1'b0}} : cache_data;",
        replace="assign m_axi_wdata         = cache_data;",
        found_by=Unit("device_write_unit"),
    ),
    Bug(
        id="journal-of-a-discard-with-data",
        file="rtl/device/device_write_jobs.v",
        find="discard ? {SIZE_BITS{1'b0}} : size[BLOCK_SHIFT +: SIZE_BITS],",
        replace="size[BLOCK_SHIFT +: SIZE_BITS],",
        found_by=Unit("device_write_unit"),
    ),
)
