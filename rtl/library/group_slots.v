// Slots or buffers that groups share: which group may have one, and which one it gets.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"
`include "properties.vh"

/*
 * A group that has a slot leaves one for each group that has none, so that a neighbour that does not answer holds up
 * only the groups that need it. Slots are given back in any order.
 */
module group_slots #(
    parameter GROUPS = 4,
    parameter SLOTS = 8,
    // 1: the slot offered is in use already, and never the last one to be taken
    parameter AHEAD = 0,
    // Slots of a group, at most
    parameter SHARE = SLOTS,
    parameter SLOT_WIDTH = $clog2(SLOTS),
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1
) (
    input  wire                   clk,
    input  wire                   rst,

    // groups that one is left for
    input  wire [GROUPS-1:0]      counted,
    // groups of which one may take the slot offered, which stays the same until then; in the cycle behind all, if there
    // is plenty of room for any of them, or none
    output reg  [GROUPS-1:0]      room,
    output reg  [SLOT_WIDTH-1:0]  slot,
    input  wire                   take,
    input  wire [GROUP_WIDTH-1:0] take_group,
    // a slot is given back; its group
    input  wire                   give,
    input  wire [SLOT_WIDTH-1:0]  give_slot,
    output wire [GROUP_WIDTH-1:0] give_group,

    // slots that are taken; groups that have none, and more than one
    output reg  [SLOTS-1:0]       busy,
    output wire [GROUPS-1:0]      none,
    output wire [GROUPS-1:0]      several
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE(`ML_IN_RANGE(AHEAD, 0, 1), parameter_error_AHEAD_must_be_0_or_1)
`ML_REQUIRE(`ML_IN_RANGE(SHARE, 1, SLOTS), parameter_error_SHARE_must_be_1_to_SLOTS)
`ML_REQUIRE(`ML_IN_RANGE(SLOTS, GROUPS + 1, 32), parameter_error_SLOTS_must_be_from_GROUPS_plus_1_to_32)

localparam [SLOTS-1:0] ONE = 1;
localparam MOST = SLOTS - AHEAD;
localparam [SLOT_WIDTH:0] AT_MOST = MOST[SLOT_WIDTH:0];

(* ram_style = "distributed" *)
reg [GROUP_WIDTH-1:0] groups [0:SLOTS-1];
// slots that may be taken
reg [SLOT_WIDTH:0]    unused_reg;
reg                   offered_reg;
// slots to be left
reg [SLOT_WIDTH:0]    without;
reg [SLOT_WIDTH-1:0]  first_free;
integer i, j;

wire [SLOTS-1:0] offered = offered_reg ? ONE << slot : {SLOTS{1'b0}};
wire [SLOTS-1:0] free    = ~busy & ~offered;
wire [SLOTS-1:0] taking  = take ? ONE << slot : {SLOTS{1'b0}};
wire [SLOTS-1:0] giving  = give ? ONE << give_slot : {SLOTS{1'b0}};

assign give_group = groups[give_slot];

always @* begin
    without = 0;
    for (i = 0; i < GROUPS; i = i + 1)
        without = without + {{SLOT_WIDTH{1'b0}}, none[i] && counted[i]};
end

always @* begin
    first_free = 0;
    for (j = SLOTS - 1; j >= 0; j = j - 1)
        if (free[j])
            first_free = j[SLOT_WIDTH-1:0];
end

// most of the time nothing is to be done
wire moves    = rst || take || give;
wire [GROUPS-1:0] may;
wire any_left = offered_reg && unused_reg != 0;
wire any_more = offered_reg && unused_reg > without;
// when one is taken: there is another one for whoever comes
wire [GROUPS-1:0] share_left;
wire plenty   = free != 0 && unused_reg > without + 1'b1 && (& share_left);

generate
    genvar n;
    for (n = 0; n < GROUPS; n = n + 1) begin : of
        reg [SLOT_WIDTH:0] slots_reg;
        wire takes = take && take_group == n;
        wire gives = give && give_group == n;

        assign none[n]    = slots_reg == 0;
        assign several[n] = slots_reg[SLOT_WIDTH:1] != 0;
        assign share_left[n] = slots_reg + 1'b1 < SHARE[SLOT_WIDTH:0] || SHARE == SLOTS;
        assign may[n]     = none[n] ? any_left : any_more && slots_reg < SHARE[SLOT_WIDTH:0];

        always @(posedge clk) if (moves) begin
            if (takes && !gives)
                slots_reg <= slots_reg + 1'b1;
            if (gives && !takes)
                slots_reg <= slots_reg - 1'b1;
            if (rst)
                slots_reg <= 0;
        end
    end
endgenerate

always @(posedge clk)
    room <= (take ? {GROUPS{plenty}} : may) & {GROUPS{!rst}};

always @(posedge clk) if (rst || take || !offered_reg)
    slot <= rst ? {SLOT_WIDTH{1'b0}} : first_free;

always @(posedge clk) if (moves || !offered_reg) begin
    busy <= (busy & ~giving) | taking;
    if (take || !offered_reg)
        offered_reg <= free != 0;
    if (take)
        groups[slot] <= take_group;
    if (take && !give)
        unused_reg <= unused_reg - 1'b1;
    if (give && !take)
        unused_reg <= unused_reg + 1'b1;
    if (rst) begin
        busy       <= 0;
        offered_reg  <= 1'b1;
        unused_reg <= AT_MOST;
    end
end

`ifdef ML_PROPERTIES
/*
 * Properties (make prove; docs/proofs.md)
 */
localparam COUNT_WIDTH = SLOT_WIDTH + 1;
reg [SLOT_WIDTH:0] taken_slots;
reg [GROUPS*COUNT_WIDTH-1:0] own_slots;
wire [GROUPS*COUNT_WIDTH-1:0] counts;
// one was to be left for every group since the reset; those that one was left for in the cycle before
reg every_reg;
reg [GROUPS-1:0] counted_reg;
// whoever came in the cycle before could have taken one, and two more cycles long
reg ample_reg;
localparam AMPLE = GROUPS + 2;
integer s, g;

generate
    for (n = 0; n < GROUPS; n = n + 1) begin : counts_of
        assign counts[n*COUNT_WIDTH +: COUNT_WIDTH] = of[n].slots_reg;
    end
endgenerate

always @* begin
    taken_slots = 0;
    own_slots   = 0;
    for (s = 0; s < SLOTS; s = s + 1) begin
        taken_slots = taken_slots + busy[s];
        for (g = 0; g < GROUPS; g = g + 1)
            own_slots[g*COUNT_WIDTH +: COUNT_WIDTH]
                = own_slots[g*COUNT_WIDTH +: COUNT_WIDTH] + (busy[s] && groups[s] == g);
    end
end

always @(`ML_CYCLE) begin
    // ASSUMED 0: it begins with a reset
    `ML_BEGINS_WITH(rst);
    // ASSUMED 1: a group takes a slot that may; one is given back that is taken
    `ML_ASSUMED(!take || (take_group < GROUPS && room[take_group]));
    `ML_ASSUMED(!give || (give_slot < SLOTS && busy[give_slot]));
end

always @(posedge clk) begin
    every_reg   <= rst || (every_reg && (& counted));
    counted_reg <= counted;
    ample_reg   <= !rst && SHARE == SLOTS && unused_reg > AMPLE;
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: what may still be taken is what is not
    `ML_HOLDS(SLOTS_1, unused_reg + taken_slots == AT_MOST && unused_reg <= AT_MOST);
    // 2: a slot that is offered is free
    `ML_HOLDS(SLOTS_2, !offered_reg || (slot < SLOTS && !busy[slot]));
    // 3: each group has as many as are its own
    `ML_HOLDS(SLOTS_3, counts == own_slots);
    // 4: one is left for each group that has none, where one always is to be
    `ML_HOLDS(SLOTS_4, !every_reg || !(& counted) || unused_reg >= without);
    // 5: what is told of the cycle before holds, if one is to be left for the same groups
    `ML_HOLDS(SLOTS_5, counted != counted_reg || (room & ~may) == 0);
    // 6: where there is more than ample room every group may take one, in each cycle
    `ML_HOLDS(SLOTS_6, !ample_reg || (& room));
end
`endif

endmodule

`resetall
