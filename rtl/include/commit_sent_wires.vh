// What the step sends out, whatever its kind
// it answers the host
wire        answers;
// the record names volume, pair, journal volume
wire [15:0] recorded_volume, recorded_journal_volume;
wire        recorded_volume_valid, recorded_pair_valid, recorded_journal_volume_valid;
// 1270: the volume's device gets a write; 1360, 1385, 1850: the journal volume's gets a journal, with so many bytes of
// write data
wire        writes_volume, writes_journal;
wire [POSITION_WIDTH-1:0] volume_address, information_place, data_place;
wire [31:0] data_bytes;
