// What the tables hold after the step, one cycle later, as its record shows it
wire [2:0]  volume_state_after, pair_state_after, journal_volume_state_after;
wire [1:0]  group_state_after;
wire [7:0]  group_reason_after;
wire [63:0] update_number_after, data_offset_after;
wire [POSITION_WIDTH-1:0] copy_complete_address_after;
wire [8*POSITION_WIDTH-1:0] pointers_after;
