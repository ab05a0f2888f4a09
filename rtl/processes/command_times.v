// Tags and times of journal read commands in flight ([0130], [0155]).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * One row a command slot, {group, slot}, in LUT RAM; one row is scanned in a cycle. While an answer is new, its tag
 * is searched for in the slots of its group; else the times of all slots are compared one after the other, and `rings`
 * tells those that are over. Times are cycles, compared as differences.
 */
module command_times #(
    parameter GROUPS = 4,
    // Slots of a group, a power of two
    parameter COMMANDS = 4,
    parameter SLOT_WIDTH = $clog2(COMMANDS),
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1,
    parameter ROW_WIDTH = SLOT_WIDTH + GROUP_WIDTH
) (
    input  wire                       clk,
    input  wire                       rst,
    input  wire [47:0]                cycle,

    // a command is sent: with a tag of its own (`new_tag`), and a time-out; the lowest 32 bits of the first number
    // asked for, how many
    input  wire                       send,
    input  wire [ROW_WIDTH-1:0]       send_row,
    input  wire                       new_tag,
    input  wire [31:0]                send_tag,
    input  wire [31:0]                send_limit,
    input  wire [31:0]                send_first,
    input  wire [6:0]                 send_count,
    // time-out of the row's last command
    output wire [31:0]                last_limit,
    // a slot begins to wait for the interval, or is answered soon
    input  wire                       wait_begins,
    input  wire                       soon,
    // a group's interval; it was written and is not known yet
    input  wire                       interval_known,
    input  wire                       interval_written,
    input  wire [GROUP_WIDTH-1:0]     interval_group,
    input  wire [31:0]                interval,

    // slots with a command in flight; that wait; whose time is known to be over
    input  wire [(1<<ROW_WIDTH)-1:0]  busy,
    input  wire [(1<<ROW_WIDTH)-1:0]  waiting,
    input  wire [(1<<ROW_WIDTH)-1:0]  due,
    output wire                       rings,
    output wire [ROW_WIDTH-1:0]       rings_row,

    // the answer that is taken in; it is known whether a slot has its tag, and which
    input  wire [GROUP_WIDTH-1:0]     answer_group,
    input  wire [31:0]                answer_tag,
    output wire                       settled,
    output wire                       found,
    output wire [ROW_WIDTH-1:0]       found_row,
    output reg  [47:0]                found_since,
    output reg  [31:0]                found_limit,
    output reg  [31:0]                found_first,
    output reg  [6:0]                 found_count
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_COMMANDS

localparam ROWS = 1 << ROW_WIDTH;
localparam [SLOT_WIDTH-1:0] LAST_SLOT = {SLOT_WIDTH{1'b1}};

reg [31:0] tags      [0:ROWS-1];
reg [47:0] since     [0:ROWS-1];
reg [31:0] limits    [0:ROWS-1];
reg [31:0] firsts    [0:ROWS-1];
reg [6:0]  counts    [0:ROWS-1];
(* ram_style = "distributed" *)
reg [31:0] intervals [0:GROUPS-1];
reg [GROUPS-1:0] unknown_reg;

// the answer whose slot is known, or searched for
reg                   keyed_reg, searching_reg, hit_reg;
reg [GROUP_WIDTH-1:0] group_reg;
reg [31:0]            tag_reg;
reg [SLOT_WIDTH-1:0]  slot_reg;
reg [ROW_WIDTH-1:0]   timer_reg;

wire same = keyed_reg && group_reg == answer_group && tag_reg == answer_tag;
wire [ROW_WIDTH-1:0]   row       = searching_reg ? {group_reg, slot_reg} : timer_reg;
wire [GROUP_WIDTH-1:0] row_group = row[SLOT_WIDTH +: GROUP_WIDTH];
wire [47:0] row_since = since[row];
wire [31:0] row_limit = limits[row];
wire        hit       = busy[row] && tags[row] == tag_reg;

assign settled    = same && !searching_reg;
assign found_row  = {group_reg, slot_reg};
assign found      = hit_reg && busy[found_row];
assign last_limit = limits[send_row];

// a time that is over; nothing is computed of slots that have none
wire timed = !searching_reg && !due[row] && (busy[row] || (waiting[row] && !unknown_reg[row_group]));
wire [47:0] past = (timed ? cycle : row_since) - row_since;
wire [31:0] time_limit = busy[row] ? row_limit : intervals[row_group];
assign rings     = timed && past >= {16'd0, time_limit};
assign rings_row = row;

always @(posedge clk) begin
    if (!searching_reg)
        timer_reg <= timer_reg + 1'b1;
    if (send) begin
        firsts[send_row] <= send_first;
        counts[send_row] <= send_count;
        if (new_tag)
            tags[send_row] <= send_tag;
    end
    if (send || soon)
        limits[send ? send_row : found_row] <= send ? send_limit : found_limit >> 1;
    if (send || wait_begins)
        since[send ? send_row : found_row] <= cycle;
    if (interval_known) begin
        intervals[interval_group]   <= interval;
        unknown_reg[interval_group] <= 1'b0;
    end
    if (interval_written)
        unknown_reg[interval_group] <= 1'b1;

    if (searching_reg) begin
        slot_reg      <= hit ? slot_reg : slot_reg + 1'b1;
        hit_reg       <= hit;
        searching_reg <= !hit && slot_reg != LAST_SLOT;
        if (hit) begin
            found_since <= row_since;
            found_limit <= row_limit;
            found_first <= firsts[row];
            found_count <= counts[row];
        end
    end
    if (send && send_row == found_row)
        found_first <= send_first;
    // a slot that sends anew has another tag: that of the answer, or not
    if (send && new_tag && send_row == found_row)
        hit_reg <= 1'b0;
    if (send && new_tag && send_row[SLOT_WIDTH +: GROUP_WIDTH] == group_reg && send_tag == tag_reg) begin
        searching_reg <= 1'b0;
        hit_reg       <= 1'b1;
        slot_reg      <= send_row[SLOT_WIDTH-1:0];
        found_since   <= cycle;
        found_limit   <= send_limit;
        found_first   <= send_first;
        found_count   <= send_count;
    end
    if (!same) begin
        keyed_reg     <= 1'b1;
        group_reg     <= answer_group;
        tag_reg       <= answer_tag;
        searching_reg <= 1'b1;
        hit_reg       <= 1'b0;
        slot_reg      <= 0;
    end
    if (rst) begin
        timer_reg     <= 0;
        unknown_reg   <= 0;
        keyed_reg     <= 1'b0;
        searching_reg <= 1'b0;
        hit_reg       <= 1'b0;
        group_reg     <= 0;
        slot_reg      <= 0;
    end
end

endmodule

`resetall
