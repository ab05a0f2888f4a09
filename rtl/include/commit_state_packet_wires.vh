// A packet about a group's state that came
wire [15:0] received_source, received_group, received_source_group, received_status;
wire [31:0] received_generation;
wire [7:0]  received_reason;
wire        received_wants_answer;
