// Reads that replication asks storage devices for, by device and reader (from ML_READ_SEND on), and what, by reader
wire [DEVICES*READERS-1:0]         read_valid;
wire [READERS*READ_SLOT_WIDTH-1:0] read_slot;
wire [READERS*BEAT_WIDTH-1:0]      read_beat;
wire [READERS*POSITION_WIDTH-1:0]  read_address;
wire [READERS*32-1:0]              read_size;
