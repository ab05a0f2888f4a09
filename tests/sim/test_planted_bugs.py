"""The regression finds bugs: each test plants one into a copy of the RTL, by one substitution, and expects a
lock-step run to go red.

A planted bug that is not found, or a text that is no longer in the RTL exactly once, fails here.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mirrorlog.tables.shared_memory import FullPolicy
from tb.config.settings import Behaviour
from tb.running.runner import Build, Run, build, run
from tests.planted import tried
from tests.sim.systems import KIBIBYTE, layout, run_scenario
from tools.sources import RTL, instance_tree, rtl_headers, rtl_source, rtl_sources

# Both rings wrap within a few commands; full ones say so at once
SMALL: dict[str, Any] = {"tables": layout(16, 20 * KIBIBYTE, FullPolicy.ERROR)}
# Only the update information area, or only the write data area, gets full
FEW_ENTRIES: dict[str, Any] = {"tables": layout(8, 64 * KIBIBYTE, FullPolicy.ERROR)}
LITTLE_DATA: dict[str, Any] = {"tables": layout(128, 16 * KIBIBYTE, FullPolicy.ERROR)}
SLOW: dict[str, Any] = {"behaviour": Behaviour(16, 150, 20)}


@dataclass(frozen=True)
class Bug:
    """`text` in file `name` becomes `bug`; `scenario` with `settings` must then fail, its report naming `found`."""

    title: str
    name: str
    text: str
    bug: str
    scenario: str
    found: str
    settings: dict[str, Any] = field(default_factory=dict)


BUGS = (
    Bug(
        "information-full-test-one-entry-late",
        "journal_ring.v",
        "assign information_room = entry <= information_area - information_used;",
        "assign information_room = information_used <= information_area;",
        "FullJournal",
        "creation",
        FEW_ENTRIES,
    ),
    Bug(
        "data-full-test-allows-equal",
        "journal_ring.v",
        "assign data_room        = asked < data_area - data_used;",
        "assign data_room        = asked <= data_area - data_used;",
        "FillExactly",
        "creation",
        {"tables": layout(64, 8 * KIBIBYTE, FullPolicy.ERROR)},
    ),
    Bug(
        "information-empty-taken-for-full",
        "journal_ring.v",
        "assign information_room = entry <= information_area - information_used;",
        "assign information_room = update_information_newest != information_oldest;",
        "WorkingStates",
        "creation",
    ),
    Bug(
        "data-empty-taken-for-full",
        "journal_ring.v",
        "assign data_room        = asked < data_area - data_used;",
        "assign data_room        = asked < data_area - data_used && write_data_newest != data_oldest;",
        "WorkingStates",
        "creation",
    ),
    Bug(
        "information-newest-not-wrapped",
        "journal_ring.v",
        "new_information_newest = information_to;",
        "new_information_newest = information_from + information_step;",
        "FullJournal",
        "update_information_newest",
        FEW_ENTRIES,
    ),
    Bug(
        "information-commit-not-wrapped",
        "journal_ring.v",
        "new_information_commit = information_to;",
        "new_information_commit = information_from + information_step;",
        "FullJournal",
        "update_information_commit",
        FEW_ENTRIES,
    ),
    Bug(
        "data-newest-not-wrapped",
        "journal_ring.v",
        "new_data_newest        = data_to;",
        "new_data_newest        = data_from + data_step;",
        "RandomTraffic",
        "write_data_newest",
        SMALL,
    ),
    Bug(
        "data-commit-not-wrapped",
        "journal_ring.v",
        "new_data_commit        = data_to;",
        "new_data_commit        = data_from + data_step;",
        "RandomTraffic",
        "write_data_commit",
        SMALL,
    ),
    Bug(
        "copy-complete-address-itself-taken-for-copied",
        "journal_creation.v",
        "position >= {{64-POSITION_WIDTH{1'b0}}, copy_complete_address}",
        "position > {{64-POSITION_WIDTH{1'b0}}, copy_complete_address}",
        "WorkingStates",
        "creation",
    ),
    Bug(
        "update-number-not-advanced",
        "group_information.v",
        "new_number = update_number + 64'd1;",
        "new_number = update_number;",
        "WorkingStates",
        "update_number",
    ),
    Bug(
        "write-data-not-split-at-the-end-of-its-area",
        "commit_show.v",
        "({{W-32{1'b0}}, bytes} < before_end) ? bytes : before_end[31:0]",
        "bytes",
        "RandomTraffic",
        "journal",
        SMALL,
    ),
    Bug(
        "split-goes-on-behind-the-area",
        "device_write_jobs.v",
        "range_address = j_head;",
        "range_address = j_data + {{A-32{1'b0}}, j_before_end};",
        "RandomTraffic",
        "journal",
        SMALL,
    ),
    Bug(
        "committed-at-creation",
        "commit_decide.v",
        "(commits && !of_received) || received_commits;",
        "creates || received_commits;",
        "WorkingStates",
        "update_information_commit",
    ),
    Bug(
        "update-information-with-wrong-data-offset",
        "journal_creation.v",
        "information_reg[`UI_DATA_OFFSET]      <= data_offset;",
        "information_reg[`UI_DATA_OFFSET]      <= data_offset + size;",
        "WorkingStates",
        "info_crc",
    ),
    Bug(
        "update-information-with-wrong-time",
        "journal_creation.v",
        "information_reg[`UI_TIME]             <= copy_creates ? 64'd0 : reception_time;",
        "information_reg[`UI_TIME]             <= copy_creates ? 64'd0 : reception_time + 64'd4;",
        "WorkingStates",
        "info_crc",
    ),
    Bug(
        "one-bit-of-write-data-to-the-device",
        "device_write.v",
        "information_reg ? information_part : cache_data;",
        "information_reg ? information_part : cache_data ^ {{DATA_WIDTH-1{1'b0}}, wlast_reg};",
        "WorkingStates",
        "write",
    ),
    Bug(
        "one-bit-of-write-data-into-cache",
        "host_adapter.v",
        "assign cache_write_data    = s_axis_write_tdata;",
        "assign cache_write_data    = s_axis_write_tdata ^ {{DATA_WIDTH-1{1'b0}}, s_axis_write_tlast};",
        "WorkingStates",
        "data",
    ),
    Bug(
        "position-misread-and-reported-as-misread",
        "host_adapter.v",
        "s_host_command_volume, s_host_command_position,",
        "s_host_command_volume, {s_host_command_position[63:10], 10'd0},",
        "WorkingStates",
        "position",
    ),
    Bug(
        "volume-misread-and-reported-as-misread",
        "host_adapter.v",
        "s_host_command_tag, s_host_command_volume,",
        "s_host_command_tag, s_host_command_volume & 16'hFFFE,",
        "WorkingStates",
        "volume",
    ),
    Bug(
        "flush-answered-too-early",
        "host_flush.v",
        "waits_for_reg[n] <= waits_for & ~done_mask;",
        "waits_for_reg[n] <= {CACHE_SLOTS{1'b0}};",
        "Overlaps",
        "no answer before write",
    ),
    Bug(
        "device-error-not-seen",
        "device_write.v",
        "wire failed   = failed_reg || m_axi_bresp[1];",
        "wire failed   = failed_reg;",
        "VolumeWriteError",
        "expected",
    ),
    Bug(
        "policy-of-no-room-ignored",
        "journal_creation.v",
        "assign refuses      = no_room && full_policy == `ML_POLICY_ERROR;",
        "assign refuses      = 1'b0;",
        "FullJournal",
        "outcome",
        FEW_ENTRIES,
    ),
    Bug(
        "range-check-one-block-late",
        "command_reception.v",
        "wire out_of_range = last > {{65-POSITION_WIDTH{1'b0}}, volume_capacity};",
        "wire out_of_range = last > {{65-POSITION_WIDTH{1'b0}}, volume_capacity} + 65'd512;",
        "RefusedCommands",
        "outcome",
    ),
    Bug(
        "flush-answered-when-it-is-taken",
        "commit_decide.v",
        "(command_done && !read_taken && !flush_taken) || is_flush",
        "(command_done && !read_taken)",
        "Overlaps",
        "host_response.cycle",
    ),
    Bug(
        "overlapping-write-does-not-wait",
        "cache_directory.v",
        "waits_for_writes_reg <= overlapping;",
        "waits_for_writes_reg <= 0;",
        "Overlaps",
        "write overlaps a write",
    ),
    Bug(
        "refused-write-keeps-its-cache-slot",
        "cache_directory.v",
        "busy_reg & ~refusing & ~leaving",
        "busy_reg & ~leaving",
        "RefusedCommands",
        "nothing has happened",
    ),
    Bug(
        "failed-write-of-a-volume-without-pair-fails-a-pair",
        "host_steps.v",
        "is_volume && failed && of_host && !journaled && pair_valid;",
        "is_volume && failed && of_host && !journaled;",
        "VolumeWriteError",
        "reference",
    ),
    Bug(
        "error-before-a-read's-last-beat-forgotten",
        "device_read.v",
        "failed_reg || m_axi_rresp[1]",
        "m_axi_rresp[1]",
        "VolumeReadError",
        "DEVICE_ERROR",
    ),
    Bug(
        "cache-slot-not-kept-for-the-read-that-needs-it",
        "host_read.v",
        "writes_reg[n] & {CACHE_SLOTS{busy_reg[n]}}",
        "{CACHE_SLOTS{1'b0}}",
        "Hazards",
        "read_data",
    ),
    Bug(
        "cache-slot-kept-only-until-the-read-begins-to-leave",
        "host_read.v",
        "writes_reg[n] & {CACHE_SLOTS{busy_reg[n]}}",
        "writes_reg[n] & {CACHE_SLOTS{busy_reg[n] && send_reg != n}}",
        "Hazards",
        "read_data",
    ),
    Bug(
        "cache-slot-leaves-while-a-read-needs-it",
        "cache_directory.v",
        " & ~needed_by_reads;",
        ";",
        "Hazards",
        "read_data",
    ),
    Bug(
        "failed-journal-ends-its-group-only-if-the-journal-volume-was-normal",
        "host_steps.v",
        "assign journal_fails = is_journal && failed;",
        "assign journal_fails = is_journal && failed && journal_volume_normal;",
        "JournalFailsBehindItsVolume",
        "group_state",
    ),
    Bug(
        "slot-behind-one-in-use-not-given",
        "free_slot.v",
        "free  = ~busy;",
        "free  = ~busy & ~(busy << 1);",
        "StoppedNeighbours",
        "SimTimeoutError",
    ),
    Bug(
        "age-of-writes-forgotten",
        "cache_directory.v",
        "newer_reg | entering;",
        "newer_reg & ~entering;",
        "Overlaps",
        "read_data",
    ),
    Bug(
        "answer-with-the-tag-of-the-next-read",
        "host_read.v",
        "sent_tag_reg        <= tag_reg[send_reg];",
        "sent_tag_reg        <= tag_reg[next_reg];",
        "StoppedNeighbours",
        "",
    ),
    Bug(
        "cycles-of-records-counted-in-fours",
        "commit_show.v",
        "cycle_reg                <= cycle;",
        "cycle_reg                <= cycle & ~48'd3;",
        "StoppedNeighbours",
        "cycle",
    ),
    Bug(
        "records-carry-a-later-cycle",
        "commit_show.v",
        "cycle_reg                <= cycle;",
        "cycle_reg                <= cycle + 48'd16;",
        "StoppedNeighbours",
        "cycle",
    ),
    Bug(
        "records-carry-an-earlier-cycle",
        "commit_show.v",
        "cycle_reg                <= cycle;",
        "cycle_reg                <= cycle - 48'd16;",
        "StoppedNeighbours",
        "cycle",
    ),
)


def planted(bug: Bug, folder: Path) -> Path:
    """Return a copy of the RTL with the bug in it; its text must be there exactly once."""
    copy = folder / "rtl"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(RTL, copy)
    file = rtl_source(bug.name.removesuffix(".v"), copy)
    text = file.read_text()
    assert text.count(bug.text) == 1, f"{bug.name} has {bug.text!r} {text.count(bug.text)} times, expected once"
    file.write_text(text.replace(bug.text, bug.bug))
    return copy


@pytest.mark.parametrize("bug", tried(BUGS))
def test_planted_bug_turns_the_lock_step_run_red(bug: Bug, folder: Path, seed: int) -> None:
    """The run must fail with a difference that names what the bug breaks."""
    outcome = run_scenario(bug.scenario, folder, seed, rtl=planted(bug, folder), **bug.settings)
    assert outcome.failure, f"{bug.title} was not found by {bug.scenario}"
    assert bug.found in outcome.failure, f"found, but not by what it breaks ({bug.found}): {outcome.failure}"


# In a system that only creates journals nothing frees them: the oldest pointers are the unit test's
@pytest.mark.parametrize(
    "text",
    [
        "new_information_oldest = information_to;",
        "new_data_oldest        = data_to;",
    ],
    ids=["information-oldest", "data-oldest"],
)
def test_unwrapped_oldest_pointer_turns_the_unit_test_of_the_ring_red(text: str, folder: Path, seed: int) -> None:
    """The pointer runs past its area's end."""
    area = text.removesuffix("_to;").split()[-1]
    wrong = text.replace(f"{area}_to", f"{area}_from + {area}_step")
    rtl = planted(Bug("", "journal_ring.v", text, wrong, "", ""), folder)
    simulator = build(
        Build(
            "journal_ring",
            tuple(instance_tree(rtl_source("journal_ring", rtl), rtl_sources(rtl))),
            "icarus",
            {"GROUPS": 2, "ENTRY_BYTES": 100},
            (rtl_headers(rtl),),
        )
    )
    result = run(simulator, Run("tests.rtl.tables.journal_ring_unit", folder, seed))
    assert result.failures
