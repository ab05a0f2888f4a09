// Stands in for fifo.v in proofs of modules that use it: what is known of it (FIFO_1, 5, 6), with any data. Only for proofs.
module fifo #(
    parameter WIDTH = 8,
    parameter DEPTH = 16
) (
    input  wire                   clk,
    input  wire                   rst,

    input  wire [WIDTH-1:0]       in_data,
    input  wire                   in_valid,
    output wire                   in_ready,

    output wire [WIDTH-1:0]       out_data,
    output wire                   out_valid,
    input  wire                   out_ready,

    output wire [$clog2(DEPTH):0] count
);

(* anyseq *) wire [WIDTH-1:0] any_data;
reg  [$clog2(DEPTH):0] count_reg;
reg                    waiting_reg;
reg  [WIDTH-1:0]       offered_reg;

assign in_ready  = count_reg != DEPTH;
assign out_valid = count_reg != 0;
assign out_data  = waiting_reg ? offered_reg : any_data;
assign count     = count_reg;

always @(posedge clk) begin
    count_reg   <= rst ? 0 : count_reg + (in_valid && in_ready) - (out_valid && out_ready);
    waiting_reg <= out_valid && !out_ready && !rst;
    offered_reg <= out_data;
end

always @* if (!rst) begin
    ANY_1: assert (count_reg <= DEPTH && (!waiting_reg || out_valid));
end

endmodule
