// The step, mapped: numbers are rows of a register access, or belong to the request's volume
wire        valid;
wire [`CR_WIDTH-1:0] step_request;
wire [15:0] mapped_volume, mapped_pair, group, journal_volume;
wire        mapped_volume_valid, mapped_pair_valid, group_valid, journal_volume_valid;
// its group has room for a journal for sure; one past the last byte of its range
wire        room_sure;
wire [64:0] range_end;
// its register; the upper half of the system's registers
wire [2:0]  register_table;
wire        register_upper;
wire [3:0]  register_field;
