// What the step's commit record says of the step itself (docs/commit_trace.md)
// it shows where the journal or range is that it is about, its size, the request's tag, its reference: otherwise 0,
// `record_size`, `record_tag`, `record_reference`
wire        retires, shows_position, shows_size, shows_tag, shows_reference;
wire [7:0]  process_code, status;
wire [15:0] outcome, creation, record_tag;
wire [31:0] record_size, record_received;
wire [63:0] record_reference;
