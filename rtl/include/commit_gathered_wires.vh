// What several processes change in the tables
// states, and why the group becomes abnormal
wire        volume_fails, journal_volume_fails, pair_fails, group_fails, set_pair_state, set_copy_complete;
wire [7:0]  new_reason;
wire [2:0]  new_pair_state;
// a journal of so many bytes takes the group's number
wire        take_number;
wire [31:0] taken_size;
wire        set_partner_area;
wire [POSITION_WIDTH-1:0] new_partner_area;
wire [6:0]  set_activity;

// rings
wire        ring_creates, ring_commits, ring_frees, ring_places;

// progress of replication
wire        set_host_bytes, set_tag;
wire [63:0] new_host_bytes;
wire [31:0] new_tag;
wire [PAIRS-1:0] set_end_markers;

// a device write of replication goes out, and what it is about; any device write of a journal or of restore begins,
// or ends
wire        enters_job, job_begins, job_ends;
wire [63:0] new_job_number;

// what a register write loads
wire [63:0] load_data;
