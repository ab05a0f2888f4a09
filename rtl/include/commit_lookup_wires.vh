// What the cache slot of a host's write and a host's read hold, which the step to be mapped is about
wire [15:0] lookup_volume, lookup_read_volume;
wire [POSITION_WIDTH-1:0] lookup_position, lookup_read_position;
wire [31:0] lookup_size, lookup_read_size;
wire        lookup_journaled, lookup_discard;
wire [63:0] lookup_order, lookup_update_number, lookup_read_order;
