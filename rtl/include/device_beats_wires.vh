// What storage devices have read, of each device: a read's end, a beat, with its place {slot, beat of the slot}
wire [DEVICES-1:0]                 read_done, read_done_failed, beat_valid;
wire [DEVICES*3-1:0]               read_done_client, beat_client;
wire [DEVICES*READ_SLOT_WIDTH-1:0] read_done_slot;
wire [DEVICES*(READ_SLOT_WIDTH+BEAT_WIDTH)-1:0] beat_address;
wire [DEVICES*DATA_WIDTH-1:0]      beat_data;
