// What the other modules learn of the step
wire        step_valid, step_journaled, step_failed, step_unreadable;
wire [4:0]  step_kind;
wire [15:0] step_tag, step_group, step_volume, step_job, step_outcome;
wire [31:0] step_size;
wire [63:0] step_order, step_update_number;
wire [POSITION_WIDTH-1:0] step_position;
// where its volume keeps the range; `step_unreadable`: it cannot be read there
wire [7:0]  step_device;
wire [POSITION_WIDTH-1:0] step_address;

// a received journal is committed
wire        step_commits;
// something of the step's group was freed, or it became abnormal: what waits for room goes on
wire        step_frees;
// a new generation of the group, or its registers were written: nothing of it is in flight any more; a setting of it was written
wire        step_restarts;
wire        step_settings;
// registers of a volume or a pair were written: any group may have something to copy
wire        step_loads_copies;
// of the step's group there is nothing left to copy
wire        step_copy_over;
// a received journal's packet is wanted; the journal has its place; it waits for one, and can be asked for again
wire        step_wanted, step_stored, step_holds, step_yields;
// not of a step: those of the packet that is being taken in may be asked for
wire        step_settled;

// a host command's step: it leaves its queue, or waits for room from now on
wire        command_done, command_stalls;
// how long it may go on waiting
wire [31:0] command_watch_time;
wire        write_enters, write_refused, read_taken, flush_taken;
// device accesses of hosts
wire        volume_write_done, journal_write_done, read_failed;

// the group's journal volume
wire [15:0] step_journal_volume;
wire [7:0]  step_journal_device;
wire [POSITION_WIDTH-1:0] step_journal_offset, step_area_end, step_information_head, step_data_head;

// journal read reception and restore: what may be read
wire [POSITION_WIDTH-1:0] read_entry_place, restore_entry_place;
wire [63:0] read_first;
wire [6:0]  read_count;
wire [31:0] read_limit_bytes;
wire [1:0]  read_group_state;
wire [7:0]  read_group_reason;
wire        send_read_taken;
wire [4:0]  restore_count;

// registers are written: of operations, of the system itself; what an operation's step answers; 930: arguments of START
wire        argument_load, operation_load, incarnation_load, allowed_load;
wire [2:0]  argument_index;
wire [63:0] load_value, operation_returns;
wire [7:0]  operation_result;
wire [7*64-1:0] start_packet;
