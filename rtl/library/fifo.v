// First-in first-out queue, first word falls through.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"
`include "properties.vh"

/*
 * One entry in and one out every cycle; `in_ready` does not look at `out_ready`.
 */
module fifo #(
    // Bits of an entry
    parameter WIDTH = 8,
    // Entries, a power of two, >= 2
    parameter DEPTH = 4
) (
    input  wire             clk,
    input  wire             rst,

    input  wire [WIDTH-1:0] in_data,
    input  wire             in_valid,
    output wire             in_ready,

    output wire [WIDTH-1:0] out_data,
    output wire             out_valid,
    input  wire             out_ready,

    // Entries held
    output wire [$clog2(DEPTH):0] count
);

`ML_REQUIRE(WIDTH >= 1, parameter_error_WIDTH_must_be_at_least_1)
`ML_REQUIRE(DEPTH >= 2 && (DEPTH & (DEPTH - 1)) == 0, parameter_error_DEPTH_must_be_a_power_of_two_of_at_least_2)

localparam INDEX_WIDTH = $clog2(DEPTH);

reg [WIDTH-1:0] entries [0:DEPTH-1];
// one bit more than the index tells full from empty
reg [INDEX_WIDTH:0] newest_reg;
reg [INDEX_WIDTH:0] oldest_reg;
reg                 full_reg, valid_reg;
// the entry that enters
wire [INDEX_WIDTH:0] entering = newest_reg + 1'b1;
// behind the one that leaves
wire [INDEX_WIDTH:0] leaving  = oldest_reg + 1'b1;

assign count     = newest_reg - oldest_reg;
assign in_ready  = !full_reg;
assign out_valid = valid_reg;

wire enters  = in_valid && in_ready;
wire leaves  = out_valid && out_ready;
// most of the time nothing is to be done
wire changes = rst || enters || leaves;

assign out_data  = entries[oldest_reg[INDEX_WIDTH-1:0]];

always @(posedge clk) if (changes) begin
    if (enters) begin
        entries[newest_reg[INDEX_WIDTH-1:0]] <= in_data;
        newest_reg <= entering;
    end
    if (leaves)
        oldest_reg <= leaving;
    valid_reg <= enters || (valid_reg && !(leaves && leaving == newest_reg));
    full_reg <= !leaves && (full_reg || (enters && entering == {~oldest_reg[INDEX_WIDTH],
                                                                oldest_reg[INDEX_WIDTH-1:0]}));
    if (rst) begin
        newest_reg <= 0;
        oldest_reg <= 0;
        full_reg   <= 1'b0;
        valid_reg  <= 1'b0;
    end
end

`ifdef ML_PROPERTIES
/*
 * Properties (make prove; docs/proofs.md). What leaves is watched by one entry, any of them.
 */
`ML_ANY_VALUE wire watch `ML_EACH;
reg                   watched_reg;
reg [INDEX_WIDTH-1:0] watched_index_reg;
reg [WIDTH-1:0]       watched_data_reg;
reg                   waiting_reg;
reg [WIDTH-1:0]       offered_reg;

wire [INDEX_WIDTH-1:0] watched_ahead = watched_index_reg - oldest_reg[INDEX_WIDTH-1:0];
wire watched_leaves = watched_reg && watched_ahead == 0 && leaves;

// ASSUMED 0: it begins with a reset
always @(`ML_CYCLE) begin
    `ML_BEGINS_WITH(rst);
end

always @(posedge clk) begin
    if (watched_leaves)
        watched_reg <= 1'b0;
    if (enters && watch && !watched_reg) begin
        watched_reg       <= 1'b1;
        watched_index_reg <= newest_reg[INDEX_WIDTH-1:0];
        watched_data_reg  <= in_data;
    end
    waiting_reg <= out_valid && !out_ready;
    offered_reg <= out_data;
    if (rst) begin
        watched_reg <= 1'b0;
        waiting_reg <= 1'b0;
    end
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: never more entries than there are places
    `ML_HOLDS(FIFO_1, count <= DEPTH);
    // 2: an entry that is in the queue has its place among those that are
    `ML_HOLDS(FIFO_2, !watched_reg || {1'b0, watched_ahead} < count);
    // 3: what entered leaves unchanged, when all before it have left
    `ML_HOLDS(FIFO_3, !watched_reg || entries[watched_index_reg] == watched_data_reg);
    `ML_HOLDS(FIFO_4, !watched_leaves || out_data == watched_data_reg);
    // 5: valid stays and data holds until they are taken
    `ML_HOLDS(FIFO_5, !waiting_reg || (out_valid && out_data == offered_reg));
    // 6: a place that is free is offered, an entry that is there as well
    `ML_HOLDS(FIFO_6, in_ready == (count != DEPTH) && out_valid == (count != 0));
end
`endif

endmodule

`resetall
