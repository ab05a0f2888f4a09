// What the step sends out
`include "commit_sent_wires.vh"
// the journal came in
wire        stores;
wire        is_register;
wire [63:0] register_answer;
wire [1:0]  register_response;
