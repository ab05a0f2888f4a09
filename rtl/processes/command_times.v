// Tags and times of journal read commands in flight ([0130], [0155]).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"
`include "properties.vh"

/*
 * One row a command slot, {group, slot}, in LUT RAM, of which one is read in a cycle: in a step that of its slot. Else,
 * while an answer is new, its tag is searched for in the slots of its group; else the times of all slots are compared
 * one after the other, each in the two cycles behind the one in which its row is read, and `rings` tells those that are
 * over. A slot whose row may have changed meanwhile is read again. Times are the lowest 33 bits of the cycle, compared
 * as differences: what takes longer than any time-out is over by then.
 */
module command_times #(
    parameter GROUPS = 4,
    // Slots of a group, a power of two
    parameter COMMANDS = 4,
    parameter SLOT_WIDTH = $clog2(COMMANDS),
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1
) (
    input  wire                   clk,
    input  wire                   rst,
    input  wire [47:0]            cycle,

    // the step of a command may come, for this slot; it is sent: with a tag of its own (`new_tag`), and a time-out; the
    // lowest 32 bits of the first number asked for, how many
    input  wire                   command,
    input  wire [GROUP_WIDTH-1:0] command_group,
    input  wire [SLOT_WIDTH-1:0]  command_slot,
    input  wire                   send,
    input  wire                   new_tag,
    input  wire [31:0]            send_tag,
    input  wire [31:0]            send_limit,
    input  wire [31:0]            send_first,
    input  wire [6:0]             send_count,
    // that of the answer that is taken in may; it comes: its command's slot is done, or begins to wait for the
    // interval; all slots of a group are cleared
    input  wire                   answer,
    input  wire                   release_found,
    input  wire                   wait_begins,
    input  wire                   clear,
    // a group's interval; it was written and is not known yet
    input  wire                   interval_known,
    input  wire                   interval_written,
    input  wire [GROUP_WIDTH-1:0] interval_group,
    input  wire [31:0]            interval,

    // command_flags of the slot that is looked at: they may be; a command is in flight, that repeats one; the slot
    // waits; its time is known to be over
    output wire [GROUP_WIDTH-1:0] row_group,
    output wire [SLOT_WIDTH-1:0]  row_slot,
    input  wire                   looks,
    input  wire                   busy,
    input  wire                   repeats,
    input  wire                   waiting,
    input  wire                   due,
    output wire                   rings,

    // the answer that is taken in; it is known whether a slot has its tag, and which
    input  wire [GROUP_WIDTH-1:0] answer_group,
    input  wire [31:0]            answer_tag,
    output wire                   settled,
    output wire                   found,
    output wire [SLOT_WIDTH-1:0]  found_slot,
    // of the step's slot: time-out of its last command; the first number it asked for, how many
    output wire [31:0]            last_limit,
    output wire [31:0]            last_first,
    output wire [6:0]             last_count
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_COMMANDS

localparam ROW_WIDTH = SLOT_WIDTH + GROUP_WIDTH;
localparam ROWS = 1 << ROW_WIDTH;
localparam [SLOT_WIDTH-1:0] LAST_SLOT = {SLOT_WIDTH{1'b1}};

reg [31:0] tags      [0:ROWS-1];
reg [32:0] since     [0:ROWS-1];
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
// the row that was read in the cycle before, and its slot, if it has a time; then the one whose time is over
reg                   timed_reg, over_reg;
reg [ROW_WIDTH-1:0]   timed_row_reg, over_row_reg;
reg [32:0]            since_reg;
reg [31:0]            time_limit_reg;

wire same = keyed_reg && group_reg == answer_group && tag_reg == answer_tag;
wire [ROW_WIDTH-1:0] row = command ? {command_group, command_slot}
                         : (answer || searching_reg) ? {group_reg, slot_reg} : over_reg ? over_row_reg : timer_reg;
assign {row_group, row_slot} = row;
wire [31:0] row_limit = limits[row];
wire        hit       = busy && tags[row] == tag_reg;

assign settled    = same && !searching_reg;
assign found      = hit_reg;
assign found_slot = slot_reg;
assign last_limit = row_limit;
assign last_first = firsts[row];
assign last_count = counts[row];

// a time that is over; an answer that came in less than a quarter of it
wire        compares = looks && !searching_reg;
wire        timed = compares && !over_reg && !due && (busy || (waiting && !unknown_reg[row_group]));
wire [32:0] past  = cycle[32:0] - since_reg;
wire        over  = past >= {1'b0, time_limit_reg};
wire        soon  = release_found && !repeats && !due && !over;
assign rings      = compares && over_reg;

always @(posedge clk) begin
    // that of an answer is the same for some cycles before its step
    since_reg      <= since[row];
    time_limit_reg <= answer ? {2'd0, row_limit[31:2]} : busy ? row_limit : intervals[row_group];
    timed_reg      <= timed;
    timed_row_reg  <= row;
    over_reg       <= compares && timed_reg && over;
    over_row_reg   <= timed_row_reg;
    if (!compares)
        timer_reg <= over_reg ? over_row_reg : timed_reg ? timed_row_reg : timer_reg;
    else if (!over_reg)
        timer_reg <= timer_reg + 1'b1;
    if (send) begin
        firsts[row] <= send_first;
        counts[row] <= send_count;
        if (new_tag)
            tags[row] <= send_tag;
    end
    if (send || soon)
        limits[row] <= send ? send_limit : row_limit >> 1;
    if (send || wait_begins)
        since[row] <= cycle[32:0];
    if (interval_known) begin
        intervals[interval_group]   <= interval;
        unknown_reg[interval_group] <= 1'b0;
    end
    if (interval_written)
        unknown_reg[interval_group] <= 1'b1;

    if (searching_reg && looks) begin
        slot_reg      <= hit ? slot_reg : slot_reg + 1'b1;
        hit_reg       <= hit;
        searching_reg <= !hit && slot_reg != LAST_SLOT;
    end
    if (release_found || (clear && interval_group == group_reg))
        hit_reg <= 1'b0;
    if (send && new_tag && command_group == group_reg) begin
        // a slot that sends anew has another tag: that of the answer, or not
        if (command_slot == slot_reg && !searching_reg)
            hit_reg <= 1'b0;
        if (send_tag == tag_reg) begin
            searching_reg <= 1'b0;
            hit_reg       <= 1'b1;
            slot_reg      <= command_slot;
        end
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
        timed_reg     <= 1'b0;
        over_reg      <= 1'b0;
        unknown_reg   <= 0;
        keyed_reg     <= 1'b0;
        searching_reg <= 1'b0;
        hit_reg       <= 1'b0;
        group_reg     <= 0;
        slot_reg      <= 0;
    end
end

`ifdef ML_PROPERTIES
// Properties (docs/proofs.md): the time-out of a command that was answered in less than a quarter of it
reg                 soon_reg;
reg [ROW_WIDTH-1:0] row_reg;
reg [31:0]          limit_reg;

always @(posedge clk) begin
    soon_reg  <= soon && !send && !rst;
    row_reg   <= row;
    limit_reg <= row_limit;
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: becomes half of it
    `ML_HOLDS(TIMES_1, !soon_reg || limits[row_reg] == {1'b0, limit_reg[31:1]});
end
`endif

endmodule

`resetall
