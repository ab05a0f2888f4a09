// Buffers for packets to be sent: whose they are, and in which order a group's packets are read for and sent.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"
`include "properties.vh"

/*
 * A group takes a buffer before its command's first step, and gives it back when the packet has gone, or no packet
 * comes of it. A group's packets are read for, and leave, in their order; groups' packets leave as they are whole, in
 * turn, so that no group waits for another's devices. A group fills no more than two buffers at once.
 */
module packet_buffers #(
    parameter GROUPS = 4,
    parameter BUFFERS = 7,
    // Bits of the number of reads in flight for a buffer
    parameter COUNT_WIDTH = 5,
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1,
    parameter BUFFER_WIDTH = $clog2(BUFFERS)
) (
    input  wire                    clk,
    input  wire                    rst,

    // groups of which one may take the buffer that is free, which stays the same until then; it is given back unused
    output wire [GROUPS-1:0]       may_take,
    output wire [BUFFER_WIDTH-1:0] free_buffer,
    input  wire                    take,
    input  wire [GROUP_WIDTH-1:0]  take_group,
    input  wire                    drop,
    input  wire [GROUP_WIDTH-1:0]  drop_group,
    input  wire [BUFFER_WIDTH-1:0] drop_buffer,

    // a packet of a group is known
    input  wire                    packet_valid,
    input  wire [GROUP_WIDTH-1:0]  packet_group,
    input  wire [BUFFER_WIDTH-1:0] packet_buffer,

    // reads: groups with a packet that is not asked for, the first one's buffer of the group that is looked up; all of
    // its reads have been asked for; one was, one ended
    output wire [GROUPS-1:0]       pending,
    input  wire [GROUP_WIDTH-1:0]  lookup_group,
    output wire [BUFFER_WIDTH-1:0] lookup_buffer,
    input  wire                    finishes,
    input  wire                    read_begins,
    input  wire [BUFFER_WIDTH-1:0] read_buffer,
    input  wire                    read_ends,
    input  wire [BUFFER_WIDTH-1:0] ended_buffer,

    // a packet that is whole; it has gone
    output reg                     whole_valid,
    input  wire                    whole_ready,
    output reg  [BUFFER_WIDTH-1:0] whole_buffer,
    input  wire                    gone,
    input  wire [BUFFER_WIDTH-1:0] gone_buffer,

    // no buffer is taken
    output wire                    idle
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_SEND_BUFFERS
`ML_REQUIRE(COUNT_WIDTH >= 1, parameter_error_COUNT_WIDTH_must_be_at_least_1)

// one order more than there are buffers tells all from none
localparam ORDER_WIDTH = $clog2(BUFFERS + 1);
localparam [1:0] FILLED_AT_ONCE = 2'd2;
localparam LAST = GROUPS - 1;
localparam [GROUP_WIDTH-1:0] LAST_GROUP = LAST[GROUP_WIDTH-1:0];

/*
 * Who has them. One that is given back unused waits for a cycle in which none goes
 */
reg                    dropped_reg;
reg [BUFFER_WIDTH-1:0] dropped_buffer_reg;
wire [GROUPS-1:0]  room, may_fill;
wire [BUFFERS-1:0] busy;

assign may_take = room & may_fill;
assign idle     = busy == 0;

group_slots #(.GROUPS(GROUPS), .SLOTS(BUFFERS)) buffers (
    .clk(clk), .rst(rst), .counted({GROUPS{1'b1}}), .room(room), .slot(free_buffer), .take(take),
    .take_group(take_group), .give(gone || dropped_reg), .give_slot(gone ? gone_buffer : dropped_buffer_reg),
    .give_group(), .busy(busy), .none(), .several()
);

/*
 * Order of a group's packets: newest, the first not asked for, the first not sent
 */
(* ram_style = "distributed" *) reg [BUFFER_WIDTH-1:0] orders [0:(1 << (GROUP_WIDTH + ORDER_WIDTH))-1];
reg [GROUPS*ORDER_WIDTH-1:0]  newest_reg, unasked_reg, unsent_reg;
// buffers that a group fills; reads in flight for a buffer
reg [GROUPS*2-1:0]            filling_reg;
reg [BUFFERS*COUNT_WIDTH-1:0] reads_reg;
reg [GROUPS*2-1:0]            filling_next;
reg [BUFFERS*COUNT_WIDTH-1:0] reads_next;
wire [GROUPS-1:0]  asked;
wire [BUFFERS-1:0] complete;
reg  [GROUP_WIDTH-1:0] scan_reg;
wire [BUFFER_WIDTH-1:0] scan_buffer = orders[{scan_reg, unsent_reg[scan_reg*ORDER_WIDTH +: ORDER_WIDTH]}];
wire scans       = !whole_valid || whole_ready;
wire takes_whole = scans && asked[scan_reg] && complete[scan_buffer];

assign lookup_buffer = orders[{lookup_group, unasked_reg[lookup_group*ORDER_WIDTH +: ORDER_WIDTH]}];

generate
    genvar n;
    for (n = 0; n < GROUPS; n = n + 1) begin : group
        assign pending[n]  = newest_reg[n*ORDER_WIDTH +: ORDER_WIDTH] != unasked_reg[n*ORDER_WIDTH +: ORDER_WIDTH];
        assign asked[n]    = unasked_reg[n*ORDER_WIDTH +: ORDER_WIDTH] != unsent_reg[n*ORDER_WIDTH +: ORDER_WIDTH];
        assign may_fill[n] = filling_reg[2*n +: 2] < FILLED_AT_ONCE;
    end
    for (n = 0; n < BUFFERS; n = n + 1) begin : buffer
        assign complete[n] = reads_reg[n*COUNT_WIDTH +: COUNT_WIDTH] == 0;
    end
endgenerate

integer g, b;
reg fills, filled, begins, ends;

always @* begin
    filling_next = filling_reg;
    fills        = 1'b0;
    filled       = 1'b0;
    for (g = 0; g < GROUPS; g = g + 1) begin
        fills  = take && take_group == g[GROUP_WIDTH-1:0];
        filled = (takes_whole && scan_reg == g[GROUP_WIDTH-1:0]) || (drop && drop_group == g[GROUP_WIDTH-1:0]);
        if (fills != filled)
            filling_next[2*g +: 2] = fills ? filling_reg[2*g +: 2] + 2'd1 : filling_reg[2*g +: 2] - 2'd1;
    end
end

always @* begin
    reads_next = reads_reg;
    begins     = 1'b0;
    ends       = 1'b0;
    for (b = 0; b < BUFFERS; b = b + 1) begin
        begins = read_begins && read_buffer == b[BUFFER_WIDTH-1:0];
        ends   = read_ends && ended_buffer == b[BUFFER_WIDTH-1:0];
        if (begins != ends)
            reads_next[b*COUNT_WIDTH +: COUNT_WIDTH] = begins ? reads_reg[b*COUNT_WIDTH +: COUNT_WIDTH] + 1'b1
                                                              : reads_reg[b*COUNT_WIDTH +: COUNT_WIDTH] - 1'b1;
    end
end

always @(posedge clk) begin
    if (packet_valid) begin
        orders[{packet_group, newest_reg[packet_group*ORDER_WIDTH +: ORDER_WIDTH]}] <= packet_buffer;
        newest_reg[packet_group*ORDER_WIDTH +: ORDER_WIDTH]
            <= newest_reg[packet_group*ORDER_WIDTH +: ORDER_WIDTH] + 1'b1;
    end
    if (finishes)
        unasked_reg[lookup_group*ORDER_WIDTH +: ORDER_WIDTH]
            <= unasked_reg[lookup_group*ORDER_WIDTH +: ORDER_WIDTH] + 1'b1;
    if (takes_whole)
        unsent_reg[scan_reg*ORDER_WIDTH +: ORDER_WIDTH] <= unsent_reg[scan_reg*ORDER_WIDTH +: ORDER_WIDTH] + 1'b1;
    if (take || takes_whole || drop)
        filling_reg <= filling_next;
    if (read_begins || read_ends)
        reads_reg <= reads_next;
    if (drop || !gone)
        dropped_reg <= drop;
    if (drop)
        dropped_buffer_reg <= drop_buffer;

    // a group a cycle, as long as the one before has been taken
    if (scans) begin
        whole_valid  <= takes_whole;
        if (takes_whole)
            whole_buffer <= scan_buffer;
        scan_reg     <= (scan_reg == LAST_GROUP) ? {GROUP_WIDTH{1'b0}} : scan_reg + 1'b1;
    end
    if (rst) begin
        newest_reg  <= 0;
        unasked_reg <= 0;
        unsent_reg  <= 0;
        filling_reg <= 0;
        reads_reg   <= 0;
        dropped_reg <= 1'b0;
        whole_valid <= 1'b0;
        scan_reg    <= 0;
    end
end

`ifdef ML_PROPERTIES
// groups whose next packet is whole: it leaves in its turn, also where those of other groups are not (docs/proofs.md)
wire [GROUPS-1:0] whole;

generate
    for (n = 0; n < GROUPS; n = n + 1) begin : turn_of
        assign whole[n] = asked[n] && complete[orders[(n << ORDER_WIDTH) + unsent_reg[n*ORDER_WIDTH +: ORDER_WIDTH]]];
    end
endgenerate

`ML_IN_TURN_WITHIN(GROUPS + 1, 2 * GROUPS + 4, {1'b0, whole},
            {scans && !takes_whole, takes_whole ? {{GROUPS-1{1'b0}}, 1'b1} << scan_reg : {GROUPS{1'b0}}})
`endif

endmodule

`resetall
