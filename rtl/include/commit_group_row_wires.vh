// What the tables say of the step's group
wire [1:0]           group_state, full_policy;
wire [7:0]           group_reason;
wire [31:0]          watch_time;
wire [63:0]          update_number, data_offset;
// number of the group's oldest journal that is there: at a secondary system journals have numbers from commit on
// before that
wire [63:0]          oldest_number;
wire [PAIRS-1:0]     pair_set, end_markers;
wire [GROUPS-1:0]    groups_normal;
wire [31:0]          silence;

// journal volume, and the rings in it
wire [2:0]           journal_volume_state;
wire [7:0]           journal_volume_device;
wire                 information_room;
wire [POSITION_WIDTH-1:0] journal_volume_capacity, journal_volume_offset;
wire [POSITION_WIDTH-1:0] information_head, information_area, information_oldest;
wire [POSITION_WIDTH-1:0] information_used, information_committed, information_sent;
wire [POSITION_WIDTH-1:0] data_head, data_area, data_oldest, data_used, data_committed;

// settings and progress of replication
wire [31:0]          generation, interval, timeout, backlog, copy_unit, tag;
wire [15:0]          partner_system, partner_group, last_answer;
wire [POSITION_WIDTH-1:0] partner_area, batch_data;
wire [6:0]           batch_journals, batch, activity;
wire [16:0]          batch_bytes;
wire [6:0]           commands;
wire [1:0]           next_command;
wire                 read_mode, no_room_holds;
wire [63:0]          next_restore, host_bytes;
// START is not answered; the partner has not answered the announcement of the group's state
wire                 start_unanswered, state_unanswered;
// device writes of the group are in flight
wire                 writing;
