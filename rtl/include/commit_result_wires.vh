// What the step sends out
// it answers the host
wire        answers;
// the record names volume, pair, journal volume
wire [15:0] recorded_volume, recorded_journal_volume;
wire        recorded_volume_valid, recorded_pair_valid, recorded_journal_volume_valid;
wire        is_register;
wire [63:0] register_answer;
wire [1:0]  register_response;
// 1270: the volume's device gets a write; 1360, 1385, 1850: the journal volume's gets a journal, one that came in or is made here, with
// so many bytes of write data
wire        writes_volume, writes_journal, stores;
wire [POSITION_WIDTH-1:0] volume_address, information_place, data_place;
wire [31:0] data_bytes;
