// What the processes want of a step, for commit_gather
// hosts and storage devices
wire        written, is_flush, creates, suspends, commits, journal_fails, answer_volume_fails, answer_pair_fails;
wire [7:0]  host_reason;

// original system
wire        original_of_group, original_group_fails, original_pair_fails, original_volume_fails, original_journal_fails;
wire [7:0]  original_reason;
wire        copy_creates, copy_moves, reception_frees, reception_sets_bytes, reception_sets_tag;
wire [2:0]  copy_pair_state;
wire [PAIRS-1:0] copy_sets_end_markers;
wire [63:0] reception_host_bytes;
wire [31:0] reception_tag;

// secondary system
wire        secondary_of_group, secondary_group_fails, secondary_journal_fails;
wire [7:0]  secondary_reason;
wire        received_commits, restore_writes, restore_frees, restore_sets_pair, command_sets_tag;
wire [31:0] command_new_tag;
wire [63:0] received_host_bytes;
wire [2:0]  restore_pair_state;
wire [6:0]  secondary_activity;
wire [PAIRS-1:0] restore_marks;
wire [POSITION_WIDTH-1:0] store_place, store_data_place;

// announcements; maintenance terminal
wire        is_announcement, announcement_fails;
wire [7:0]  announcement_reason, operation_reason;
wire        is_operation, takes_area, suspend_group, take_over, start_fails, loads_setting;
wire [15:0] operation_volume;

// the step's volume and pair are there
wire        volume_valid, pair_valid;
