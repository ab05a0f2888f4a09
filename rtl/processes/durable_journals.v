// Asks for the steps of received journals that were on their device before commit came to them.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "parameters.vh"

/*
 * What such a step is about was kept in a memory when the journal got its place, one row a number modulo WINDOW,
 * {group, number}. Groups whose next journal is on its device are asked for in turn.
 */
module durable_journals #(
    parameter GROUPS = 4,
    parameter WINDOW = 256,
    parameter POSITION_WIDTH = 48,
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1,
    parameter INDEX_WIDTH = $clog2(WINDOW)
) (
    input  wire                      clk,
    input  wire                      rst,

    // the step that changes its group: a journal gets its place; commit passes one, whose number is `update_number`; it
    // was asked for here; the group begins anew
    input  wire [GROUP_WIDTH-1:0]    group,
    input  wire                      store,
    input  wire [INDEX_WIDTH-1:0]    store_index,
    input  wire                      store_host_write,
    input  wire                      store_discard,
    input  wire [31:0]               store_size,
    input  wire [POSITION_WIDTH-1:0] store_position,
    input  wire [15:0]               store_volume,
    input  wire                      commit,
    input  wire [63:0]               update_number,
    input  wire                      commit_next,
    input  wire                      clear,
    // the next journal of the group of the step that decides is on its device
    input  wire [GROUP_WIDTH-1:0]    decided_group,
    output wire                      pending,

    // one cycle behind a commit: the journal behind it is on its device
    input  wire                      follows,
    input  wire [GROUP_WIDTH-1:0]    follows_group,
    input  wire                      follows_durable,

    output wire                      request_valid,
    input  wire                      request_taken,
    output reg  [`CR_WIDTH-1:0]      request
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_WINDOW
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam ROWS = WINDOW << GROUP_WIDTH;
localparam LAST = GROUPS - 1;
localparam [GROUP_WIDTH-1:0] LAST_GROUP = LAST[GROUP_WIDTH-1:0];

// {host write, discard, size, position, volume}, both in blocks
localparam POSITION_BLOCKS = W - 9;
localparam SIZE_BLOCKS = 8;
// there are up to 64 volumes
localparam VOLUME_BITS = 6;
localparam ROW_WIDTH = 2 + SIZE_BLOCKS + POSITION_BLOCKS + VOLUME_BITS;
(* no_rw_check *)
reg [ROW_WIDTH-1:0] rows [0:ROWS-1];

reg [GROUPS-1:0]      pending_reg;
// the row of the journal is there
reg                   asking_reg;
reg                   asked_reg;
reg [GROUP_WIDTH-1:0] turn_reg;
// what commit waits for in a group that is pending
(* ram_style = "distributed" *)
reg [63:0]            next_number [0:GROUPS-1];
wire [63:0] turn_number = next_number[turn_reg];
wire [GROUP_WIDTH+INDEX_WIDTH-1:0] next_row = {turn_reg, turn_number[INDEX_WIDTH-1:0]};
reg  [ROW_WIDTH-1:0]       row_reg;
wire                       next_host_write, next_discard;
wire [SIZE_BLOCKS-1:0]     next_size;
wire [POSITION_BLOCKS-1:0] next_position;
wire [VOLUME_BITS-1:0]     next_volume;
assign {next_host_write, next_discard, next_size, next_position, next_volume} = row_reg;
wire [31:0] next_bytes = {{23-SIZE_BLOCKS{1'b0}}, next_size, 9'd0};

assign request_valid = asking_reg;
assign pending       = pending_reg[decided_group];

reg [`CR_WIDTH-1:0] new_request;

always @* begin
    new_request = 0;
    new_request[`CR_KIND]      = `ML_REQUEST_COMMIT_NEXT;
    new_request[`CR_GROUP]     = {{16-GROUP_WIDTH{1'b0}}, turn_reg};
    new_request[`CR_VOLUME]    = {{16-VOLUME_BITS{1'b0}}, next_volume};
    new_request[`CR_POSITION]  = {{64-W{1'b0}}, next_position, 9'd0};
    new_request[`CR_SIZE]      = next_bytes;
    new_request[`CR_RECEIVED]  = next_host_write ? next_bytes : 32'd0;
    new_request[`CR_REFERENCE] = turn_number;
    new_request[`CR_DISCARD]   = next_discard;
    request = new_request;
end

always @(posedge clk) begin
    row_reg <= rows[next_row];
    if (store)
        rows[{group, store_index}] <= {store_host_write, store_discard, store_size[9 +: SIZE_BLOCKS],
                                       store_position[9 +: POSITION_BLOCKS], store_volume[VOLUME_BITS-1:0]};
    // is the journal behind commit on the device?
    if (follows)
        pending_reg[follows_group] <= follows_durable;
    if (commit) begin
        pending_reg[group] <= 1'b0;
        next_number[group] <= update_number + 64'd1;
    end

    if (!asking_reg && !asked_reg) begin
        if (pending_reg[turn_reg])
            asking_reg <= 1'b1;
        else if (pending_reg != 0)
            turn_reg <= (turn_reg == LAST_GROUP) ? {GROUP_WIDTH{1'b0}} : turn_reg + 1'b1;
    end
    if (request_taken) begin
        asking_reg <= 1'b0;
        asked_reg  <= 1'b1;
    end
    if (commit_next) begin
        asked_reg <= 1'b0;
        turn_reg  <= (turn_reg == LAST_GROUP) ? {GROUP_WIDTH{1'b0}} : turn_reg + 1'b1;
    end

    if (clear) begin
        pending_reg[group] <= 1'b0;
        if (turn_reg == group)
            asking_reg <= 1'b0;
    end
    if (rst) begin
        pending_reg <= 0;
        asking_reg  <= 1'b0;
        asked_reg   <= 1'b0;
        turn_reg    <= 0;
    end
end

endmodule

`resetall
