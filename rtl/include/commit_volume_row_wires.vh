// What the tables say of the step's volume and pair, and of the journal that it would take
wire [2:0]           volume_state, pair_state;
wire [7:0]           volume_device;
wire [15:0]          volume_pair;
wire                 volume_holds_journal, data_room, ever_fits;
wire [POSITION_WIDTH-1:0] volume_capacity, volume_offset, copy_complete_address;
