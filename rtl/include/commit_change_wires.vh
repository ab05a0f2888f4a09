// What the step changes in the tables, whose ports say what each does
// states
wire        volume_fails, journal_volume_fails, pair_fails, group_fails, set_pair_state, set_copy_complete;
// why the group becomes abnormal
wire [7:0]  new_reason;
wire [2:0]  new_pair_state;
wire [POSITION_WIDTH-1:0] new_copy_complete;
// a journal of so many bytes takes the group's number
wire        take_number;
wire [31:0] taken_size;

// operations (FIG 9)
wire        create_group, record_pair, record_is_original, record_journal_volume, start_original, start_secondary, open_secondaries;
// a takeover is given up; START is answered, or not waited for any more; the partner knows the group's state
wire        give_up, start_answered, state_answered;
wire [31:0] new_generation;
wire [15:0] new_partner_system, new_partner_group;
wire        set_partner_area;
wire [POSITION_WIDTH-1:0] new_partner_area;
wire [6:0]  set_activity;

// rings
wire        ring_creates, ring_commits, ring_frees, ring_sends, ring_places;
wire [31:0] ring_bytes;
wire [POSITION_WIDTH-1:0] ring_free_entries, ring_free_data, ring_send_entries, place_information_used, place_data_used;

// progress of replication
wire        restores_next, set_host_bytes, set_tag, set_batch, set_answer, sent_again;
wire [63:0] new_host_bytes;
wire [31:0] new_tag;
wire [6:0]  new_batch;
wire [POSITION_WIDTH-1:0] new_batch_data;
wire [15:0] new_answer;
wire [PAIRS-1:0] set_end_markers;

// register write
wire        loads;
wire [63:0] load_data;

// a device write of replication goes out, and what it is about; any device write of a journal or restore begins, or ends
wire        enters_job, job_begins, job_ends;
wire [63:0] new_job_number;
