// In the body of storage_system: what follows from its parameters
localparam POSITION_WIDTH = AXI_ADDR_WIDTH;
localparam SLOT_WIDTH = $clog2(CACHE_SLOTS);
localparam READ_WIDTH = $clog2(READ_SLOTS);
localparam BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH);
// a device write's slot, {client, index}
localparam JOB_WIDTH = 2 + SLOT_WIDTH;
// journals in a packet, at most: as many as its write data has blocks, 16 to 64
localparam MAX_JOURNALS = (MAX_DATA_BYTES >= 32768) ? 64 : (MAX_DATA_BYTES >= 16384) ? 32 : 16;
// a beat's place in the largest memory that device writes come from: the cache, or the buffers of received packets
localparam RECEIVE_BUFFERS = (GROUPS > 3) ? GROUPS + 1 : 4;
localparam CACHE_WIDTH = SLOT_WIDTH + BEAT_WIDTH;
localparam BUFFERS_WIDTH = $clog2(RECEIVE_BUFFERS) + $clog2(MAX_DATA_BYTES * 8 / DATA_WIDTH);
localparam START_WIDTH = (CACHE_WIDTH > BUFFERS_WIDTH) ? CACHE_WIDTH : BUFFERS_WIDTH;
// reads of write data to be sent in flight
localparam SEND_SLOTS = 16;
// buffers of packets to be sent: one a group, and with three more one group empties one and fills two, also beside one
// that gives none back
localparam SEND_BUFFERS = GROUPS + 3;
// slots of the reader of update information for restore: two buffers a group, of as many transfers as 16 journals' take
localparam ENTRY_SLOTS = 2 * GROUPS * ((MAX_TRANSFER_BYTES < 1024) ? 2 : 1);
// bits of the number of a reader's slot: of the reader with the most of them (reads to be sent, the host's, restore's)
localparam MOST_SLOTS = (READ_SLOTS > CACHE_SLOTS) ? READ_SLOTS : CACHE_SLOTS;
localparam LEAST_SLOTS = (SEND_SLOTS > ENTRY_SLOTS) ? SEND_SLOTS : ENTRY_SLOTS;
localparam READ_SLOT_WIDTH = $clog2((MOST_SLOTS > LEAST_SLOTS) ? MOST_SLOTS : LEAST_SLOTS);
// requesters and device readers of replication, host commands that wait
localparam REQUESTERS = 9, READERS = 4, HOST_COMMANDS = 16;
