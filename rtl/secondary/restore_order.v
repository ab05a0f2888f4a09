// The order of each group's journals that are being restored: whose write is next, and which is freed next.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Of each group the slots of its journals, in a ring with three pointers: entered, write begun, freed. For writing and
 * for freeing, groups that may take turns.
 */
module restore_order #(
    parameter GROUPS = 4,
    parameter CACHE_SLOTS = 16,
    parameter INDEX_WIDTH = $clog2(CACHE_SLOTS),
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1
) (
    input  wire                   clk,
    input  wire                   rst,

    input  wire                   enter,
    input  wire [GROUP_WIDTH-1:0] enter_group,
    input  wire [INDEX_WIDTH-1:0] enter_slot,
    // slots whose data was read; whose write has been answered
    input  wire [CACHE_SLOTS-1:0] arrived,
    input  wire [CACHE_SLOTS-1:0] done,

    // the group in turn: its next journal can be written, its slot; it is passed; the turn goes on
    output wire [GROUP_WIDTH-1:0] write_turn,
    output wire                   write_ready,
    output wire [INDEX_WIDTH-1:0] write_slot,
    input  wire                   write_moves,
    input  wire                   write_goes_on,
    // the same for freeing
    output wire [GROUP_WIDTH-1:0] free_turn,
    output wire                   free_ready,
    output wire [INDEX_WIDTH-1:0] free_slot,
    input  wire                   free_moves,
    input  wire                   free_goes_on
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_CACHE_SLOTS

reg  [GROUP_WIDTH-1:0] write_turn_reg, free_turn_reg;
wire [GROUP_WIDTH-1:0] next_write, next_free;
wire [GROUPS-1:0]      may_begin, may_end;
wire [GROUPS*INDEX_WIDTH-1:0] write_slots, free_slots;

assign write_turn  = write_turn_reg;
assign write_ready = may_begin[write_turn_reg];
assign write_slot  = write_slots[write_turn_reg*INDEX_WIDTH +: INDEX_WIDTH];
assign free_turn   = free_turn_reg;
assign free_ready  = may_end[free_turn_reg];
assign free_slot   = free_slots[free_turn_reg*INDEX_WIDTH +: INDEX_WIDTH];

next_group #(.GROUPS(GROUPS)) write_turns (.ready(may_begin), .turn(write_turn_reg), .next(next_write));
next_group #(.GROUPS(GROUPS)) free_turns (.ready(may_end), .turn(free_turn_reg), .next(next_free));

generate
    genvar n;
    for (n = 0; n < GROUPS; n = n + 1) begin : of
        // one bit more than the index tells full from empty
        reg [INDEX_WIDTH:0]   enter_reg, write_reg, free_reg;
        reg [INDEX_WIDTH-1:0] slots [0:CACHE_SLOTS-1];
        wire [INDEX_WIDTH-1:0] next_written = slots[write_reg[INDEX_WIDTH-1:0]];
        wire [INDEX_WIDTH-1:0] next_freed   = slots[free_reg[INDEX_WIDTH-1:0]];

        assign may_begin[n] = write_reg != enter_reg && arrived[next_written];
        assign may_end[n]   = free_reg != write_reg && done[next_freed];
        assign write_slots[n*INDEX_WIDTH +: INDEX_WIDTH] = next_written;
        assign free_slots[n*INDEX_WIDTH +: INDEX_WIDTH]  = next_freed;

        always @(posedge clk) begin
            if (enter && enter_group == n) begin
                slots[enter_reg[INDEX_WIDTH-1:0]] <= enter_slot;
                enter_reg <= enter_reg + 1'b1;
            end
            if (write_moves && write_turn_reg == n)
                write_reg <= write_reg + 1'b1;
            if (free_moves && free_turn_reg == n)
                free_reg <= free_reg + 1'b1;
            if (rst) begin
                enter_reg <= 0;
                write_reg <= 0;
                free_reg  <= 0;
            end
        end
    end
endgenerate

always @(posedge clk) begin
    if (write_goes_on)
        write_turn_reg <= next_write;
    if (free_goes_on)
        free_turn_reg <= next_free;
    if (rst) begin
        write_turn_reg <= 0;
        free_turn_reg  <= 0;
    end
end

endmodule

`resetall
