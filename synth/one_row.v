// Stands in for row_field.v in proofs about one row: what it shows is what it was made (ROW_FIELD_1). Only for proofs.
module row_field #(
    parameter ROWS = 1,
    parameter WIDTH = 32,
    parameter [WIDTH-1:0] INITIAL = 0,
    parameter FORWARDS = 1,
    parameter INDEX_WIDTH = 1
) (
    input  wire                   clk,

    input  wire [INDEX_WIDTH-1:0] next,
    input  wire [INDEX_WIDTH-1:0] row,
    input  wire                   sweeps,
    output wire [WIDTH-1:0]       value,
    input  wire                   write,
    input  wire [WIDTH-1:0]       new_value
);

reg [WIDTH-1:0] value_reg;
assign value = value_reg;

always @(posedge clk)
    if (write || sweeps)
        value_reg <= sweeps ? INITIAL : new_value;

endmodule
