// What the processes want of a step, for commit_gather
// hosts and storage devices
wire        written, is_flush, creates, suspends, commits, journal_fails, answer_volume_fails, answer_pair_fails;

// original system
wire        original_of_group, original_group_fails, original_pair_fails, original_volume_fails, original_journal_fails;
wire        copy_creates, copy_moves, reception_frees, reception_sets_bytes, reception_sets_tag;
wire [PAIRS-1:0] copy_sets_end_markers;

// secondary system
wire        secondary_of_group, secondary_group_fails, secondary_journal_fails;
wire        received_commits, restore_writes, restore_frees, restore_sets_pair, command_sets_tag;
wire [6:0]  secondary_activity;
wire [PAIRS-1:0] restore_marks;
wire [POSITION_WIDTH-1:0] store_place, store_data_place;

// announcements; maintenance terminal
wire        is_announcement, announcement_fails;
wire        is_operation, takes_area, suspend_group, take_over, start_fails, loads_setting;
wire [15:0] operation_volume;

// the step's volume and pair are there
wire        volume_valid, pair_valid;

// of the one whose step it is: why the group fails, what its pair, tag and bytes of host writes become
wire [7:0]  wanted_reason;
wire [2:0]  wanted_pair_state;
wire [31:0] wanted_tag;
wire [63:0] wanted_host_bytes;
