// Restore process (FIG 20): which group is scanned next (2010 to 2040).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "parameters.vh"

/*
 * Groups that were woken are scanned in turn, each until a scan finds nothing. One whose journals were dropped is
 * scanned again, which says why it cannot go on: no commit may come any more.
 */
module restore_scan #(
    parameter GROUPS = 4
) (
    input  wire                      clk,
    input  wire                      rst,

    // what a scan of a group finds has a place
    input  wire [GROUPS-1:0]         room,
    // the group whose turn it is, and the number that it restores next
    output wire [15:0]               scanned_group,
    input  wire [63:0]               scanned_restore,
    input  wire                      wake,
    // groups that this is the secondary system of
    input  wire [GROUPS-1:0]         started,
    input  wire                      clear,
    input  wire [15:0]               step_group,
    input  wire                      step_scan,
    input  wire [15:0]               step_outcome,
    input  wire [4:0]                scan_count,
    // a write of a journal of `write_group` begins, or what was found of it is dropped
    input  wire                      begins,
    input  wire                      drops,
    input  wire [15:0]               write_group,

    output wire                      request_valid,
    input  wire                      request_taken,
    output reg  [`CR_WIDTH-1:0]      request,
    // the scan in flight is cancelled
    output wire                      scan_cancelled,
    // it found journals, from this number on
    output wire                      finds,
    output wire [63:0]               first_number,
    output wire                      idle
);

`ML_REQUIRE_GROUPS

localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;
localparam LAST = GROUPS - 1;
localparam [GROUP_WIDTH-1:0] LAST_GROUP = LAST[GROUP_WIDTH-1:0];

reg [GROUPS-1:0]      attention_reg;
reg [GROUP_WIDTH-1:0] turn_reg;
reg                   asking_reg, asked_reg, cancelled_reg;
reg [63:0]            first_number_reg;
// journals of a group that were found and not written yet, and the number behind the last
reg [5:0]             found      [0:GROUPS-1];
(* ram_style = "distributed" *)
reg [63:0]            found_next [0:GROUPS-1];

wire [GROUP_WIDTH-1:0] group_index = step_group[GROUP_WIDTH-1:0];
wire [GROUP_WIDTH-1:0] write_index = write_group[GROUP_WIDTH-1:0];
wire [63:0] scan_number = (found[turn_reg] != 6'd0) ? found_next[turn_reg] : scanned_restore;

assign request_valid = asking_reg;
assign scanned_group = {{16-GROUP_WIDTH{1'b0}}, turn_reg};
wire [GROUPS-1:0] due      = attention_reg & started;
wire [GROUPS-1:0] possible = due & room;

assign scan_cancelled = cancelled_reg;
assign finds          = step_scan && !cancelled_reg && step_outcome == `ML_RESTORE_READS;
assign first_number   = first_number_reg;
assign idle           = due == 0 && !asking_reg && !asked_reg;

reg [`CR_WIDTH-1:0] new_request;

always @* begin
    new_request = 0;
    new_request[`CR_KIND]      = `ML_REQUEST_RESTORE_SCAN;
    new_request[`CR_GROUP]     = {{16-GROUP_WIDTH{1'b0}}, turn_reg};
    new_request[`CR_REFERENCE] = scan_number;
    request = new_request;
end

integer i;

always @(posedge clk) begin
    if (!asking_reg && !asked_reg && possible != 0) begin
        if (possible[turn_reg])
            asking_reg <= 1'b1;
        else
            turn_reg <= (turn_reg == LAST_GROUP) ? {GROUP_WIDTH{1'b0}} : turn_reg + 1'b1;
    end
    if (request_taken) begin
        asking_reg       <= 1'b0;
        asked_reg        <= 1'b1;
        first_number_reg <= scan_number;
    end
    if (step_scan) begin
        asked_reg                  <= 1'b0;
        cancelled_reg              <= 1'b0;
        attention_reg[group_index] <= finds || scan_cancelled;
        turn_reg                   <= (turn_reg == LAST_GROUP) ? {GROUP_WIDTH{1'b0}} : turn_reg + 1'b1;
    end
    if (finds) begin
        found[group_index]      <= found[group_index] + {1'b0, scan_count};
        found_next[group_index] <= first_number_reg + {59'd0, scan_count};
    end
    if (begins)
        found[write_index] <= found[write_index] - 6'd1;
    // what a scan in flight goes on from is not so any more
    if (drops) begin
        found[write_index] <= 6'd0;
        if ((asked_reg || request_taken) && turn_reg == write_index)
            cancelled_reg <= 1'b1;
    end
    if (wake)
        attention_reg[group_index] <= 1'b1;
    if (drops)
        attention_reg[write_index] <= 1'b1;
    if (clear)
        found[group_index] <= 6'd0;
    if (rst) begin
        attention_reg <= 0;
        turn_reg      <= 0;
        asking_reg    <= 1'b0;
        asked_reg     <= 1'b0;
        cancelled_reg <= 1'b0;
        for (i = 0; i < GROUPS; i = i + 1)
            found[i] <= 6'd0;
    end
end

endmodule

`resetall
