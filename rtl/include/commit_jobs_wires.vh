// Device writes that a step begins: of a volume, of a journal; by device, with what they are about
wire [DEVICES-1:0]        volume_job_valid, journal_job_valid;
wire [POSITION_WIDTH-1:0] volume_job_address;
// of a journal: where its update information, its write data and the area's head are, and the bytes of write data up to
// the area's end
wire [POSITION_WIDTH-1:0] journal_job_information_address, journal_job_data_address, journal_job_head_address;
wire [31:0]               journal_job_size_before_end;
// slot, {client, index}; the first beat's place in the memory that it comes from; bytes of write data
wire [JOB_WIDTH-1:0]      job_slot;
wire [START_WIDTH-1:0]    job_start;
wire [31:0]               job_size;
// of a discard: its volume's range gets zeros (restored: from nowhere), its journal has no write data
wire                      job_discard;
