// Which numbers of the groups' journals have a place, and are on their device.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"
`include "properties.vh"

/*
 * One row a number modulo WINDOW, {group, index}, in a memory that is read synchronously. After a reset, and when a
 * group begins anew, its rows are cleared one after the other.
 */
module number_states #(
    parameter GROUPS = 4,
    parameter WINDOW = 256,
    parameter INDEX_WIDTH = $clog2(WINDOW),
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1,
    parameter ROW_WIDTH = GROUP_WIDTH + INDEX_WIDTH
) (
    input  wire                   clk,
    input  wire                   rst,

    input  wire                   write,
    input  wire [ROW_WIDTH-1:0]   write_row,
    input  wire                   write_placed,
    input  wire                   write_durable,

    // a group begins anew; groups whose rows are not all cleared yet
    input  wire                   clear,
    input  wire [GROUP_WIDTH-1:0] clear_group,
    output reg  [GROUPS-1:0]      clearing,

    // three readers, one cycle later
    input  wire [ROW_WIDTH-1:0]   stored_row,
    output wire                   stored_placed,
    input  wire [ROW_WIDTH-1:0]   next_row,
    output wire                   next_placed,
    output wire                   next_durable,
    input  wire [ROW_WIDTH-1:0]   lookup_row,
    output wire                   lookup_placed
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_WINDOW

// {placed, durable}
reg [1:0] states [0:(1<<ROW_WIDTH)-1];
reg [1:0] stored_reg, next_reg, lookup_reg;

assign stored_placed               = stored_reg[1];
assign {next_placed, next_durable} = next_reg;
assign lookup_placed               = lookup_reg[1];

// the group whose rows are being cleared
reg [GROUP_WIDTH-1:0] turn_reg;
reg [INDEX_WIDTH-1:0] index_reg;
wire [GROUP_WIDTH-1:0] next_turn;
wire clears = clearing[turn_reg] && !write;
wire [ROW_WIDTH-1:0] row = write ? write_row : {turn_reg, index_reg};

next_group #(.GROUPS(GROUPS)) turns (.ready(clearing), .turn(turn_reg), .next(next_turn));

always @(posedge clk) begin
    stored_reg <= states[stored_row];
    next_reg   <= states[next_row];
    lookup_reg <= states[lookup_row];
    if (write || clears)
        states[row] <= write ? {write_placed, write_durable} : 2'b00;
end

always @(posedge clk) begin
    if (clears) begin
        index_reg <= index_reg + 1'b1;
        if (&index_reg)
            clearing[turn_reg] <= 1'b0;
    end
    if (!clearing[turn_reg])
        turn_reg <= next_turn;
    if (clear) begin
        clearing[clear_group] <= 1'b1;
        if (clear_group == turn_reg)
            index_reg <= 0;
    end
    if (rst) begin
        clearing  <= {GROUPS{1'b1}};
        turn_reg  <= 0;
        index_reg <= 0;
    end
end

`ifdef ML_PROPERTIES
// Properties (docs/proofs.md): groups that were being cleared in the cycle before; those with a row that is not clear
reg [GROUPS-1:0] clearing_reg, kept;
integer g, n;

always @(posedge clk)
    clearing_reg <= rst ? {GROUPS{1'b0}} : clearing;

always @* begin
    kept = 0;
    if ((clearing_reg & ~clearing) != 0)
        for (g = 0; g < GROUPS; g = g + 1)
            for (n = 0; n < WINDOW; n = n + 1)
                kept[g] = kept[g] || states[g*WINDOW + n] != 2'b00;
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: a group has been cleared when all of its rows are
    `ML_HOLDS(STATES_1, (clearing_reg & ~clearing & kept) == 0);
end
`endif

endmodule

`resetall
