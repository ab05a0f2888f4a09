// What the other modules learn of one process alone
// of the step's group there is nothing left to copy
wire        step_copy_over;
// a received journal's packet is wanted; the journal waits for a place, and can be asked for again
wire        step_wanted, step_holds, step_yields;

// a host command's step: it leaves its queue, or waits for room from now on
wire        command_done, command_stalls;
// how long it may go on waiting
wire [31:0] command_watch_time;
wire        read_taken, flush_taken;

// journal read reception and restore: what may be read
wire [POSITION_WIDTH-1:0] read_entry_place, restore_entry_place;
wire [6:0]  read_count;
wire [31:0] read_limit_bytes;
wire [1:0]  read_group_state;
wire [7:0]  read_group_reason;
wire [4:0]  restore_count;

// 930: arguments of START
wire [7*64-1:0] start_packet;
