// What one process alone sends out
// the journal came in
wire        stores;
wire        is_register;
wire [63:0] register_answer;
wire [1:0]  register_response;
