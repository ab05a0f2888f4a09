// What steps just before may have changed of the group, in the cycle in which the step changes it
wire [63:0]          latest_update_number, latest_data_offset;
wire [POSITION_WIDTH-1:0] information_newest, data_newest;
