// What the step's commit record says of the step itself (docs/commit_trace.md)
wire        retires;
wire [7:0]  process_code, status;
wire [15:0] outcome, creation, record_tag;
wire [31:0] record_size, record_received;
wire [63:0] record_reference, record_position;
