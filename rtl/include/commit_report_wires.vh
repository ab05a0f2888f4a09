// What the other modules learn of the step, whatever its kind
wire        step_valid, step_journaled, step_failed, step_unreadable;
wire [4:0]  step_kind;
wire [15:0] step_tag, step_group, step_volume, step_job, step_outcome;
wire [31:0] step_size;
wire [63:0] step_order, step_update_number;
wire [POSITION_WIDTH-1:0] step_position;
// where its volume keeps the range; `step_unreadable`: it cannot be read there
wire [7:0]  step_device;
wire [POSITION_WIDTH-1:0] step_address;

// a received journal is committed; has its place
wire        step_commits, step_stored;
// something of the step's group was freed, or it, or a volume or pair, became abnormal: what waits for room goes on
wire        step_frees;
// a new generation of the group, or its registers were written: nothing of it is in flight any more; a setting of it
// was written
wire        step_restarts;
wire        step_settings;
// registers of a volume or a pair were written: any group may have something to copy
wire        step_loads_copies;

wire        write_enters, write_refused;
// device accesses of hosts
wire        volume_write_done, journal_write_done, read_failed;

// the group's journal volume
wire [15:0] step_journal_volume;
wire [7:0]  step_journal_device;
wire [POSITION_WIDTH-1:0] step_journal_offset, step_area_end, step_information_head, step_data_head;
wire        send_read_taken;

// registers are written: of operations, of the system itself
wire        argument_load, operation_load, incarnation_load, allowed_load;
wire [2:0]  argument_index;
wire [63:0] load_value;

// of its record: the first journal that is read; how an operation ends, and what it returns
wire [63:0] step_reference;
wire [7:0]  step_status;
