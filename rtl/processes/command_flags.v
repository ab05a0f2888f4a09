// What a group's command slots are doing: one row a group, with a bit of each kind for every slot.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"
`include "properties.vh"

/*
 * One memory that is read and written once in a cycle: by a step, else by the survey (command_survey) that has
 * something to read or write, else by the search for times that are over and tags (command_times). A row is read as it
 * is before that.
 */
module command_flags #(
    parameter GROUPS = 4,
    // Slots of a group, a power of two
    parameter COMMANDS = 4,
    parameter SLOT_WIDTH = $clog2(COMMANDS),
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1
) (
    input  wire                   clk,
    input  wire                   rst,

    // a step may come, or comes: its group is looked at
    input  wire                   claims,
    // a step, and what it does with this slot of its group: the slot sends, as the owner of the numbers that it asks
    // for; its command is answered; it begins to wait; it had no journal
    input  wire                   step,
    input  wire [GROUP_WIDTH-1:0] group,
    input  wire [SLOT_WIDTH-1:0]  slot,
    input  wire                   send,
    input  wire                   send_owns,
    input  wire                   answers,
    input  wire                   begins,
    input  wire                   nothing,
    // ... and with all: slots that had no journal may ask; the group begins anew; a setting was written
    input  wire                   follow,
    input  wire                   clear,
    input  wire                   settings,

    // the survey: slots that have no numbers left
    input  wire                   survey,
    input  wire [GROUP_WIDTH-1:0] survey_group,
    input  wire [COMMANDS-1:0]    emptied,
    output wire                   survey_taken,
    // the search: the time of this slot is over
    input  wire [GROUP_WIDTH-1:0] search_group,
    input  wire [SLOT_WIDTH-1:0]  search_slot,
    input  wire                   rings,
    output wire                   search_taken,

    // of the group that is looked at: a command is in flight, and repeats one that was not answered in time; the slot
    // waits; its time is over; it may send; it had no journal; it owns numbers; it has sent before
    output wire [COMMANDS-1:0]    busy,
    output wire [COMMANDS-1:0]    repeats,
    output wire [COMMANDS-1:0]    waiting,
    output wire [COMMANDS-1:0]    due,
    output wire [COMMANDS-1:0]    in_time,
    output wire [COMMANDS-1:0]    no_journal,
    output wire [COMMANDS-1:0]    owns,
    output wire [COMMANDS-1:0]    has_sent
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_COMMANDS

localparam ROWS = 1 << GROUP_WIDTH;
localparam ROW_WIDTH = 7 * COMMANDS;
localparam [COMMANDS-1:0] FIRST = 1;

(* ram_style = "distributed" *)
reg [ROW_WIDTH-1:0] rows [0:ROWS-1];
// the group's row was written since the reset
reg [ROWS-1:0]      written_reg;

assign survey_taken = survey && !claims;
assign search_taken = !survey && !claims;

wire [GROUP_WIDTH-1:0] row = claims ? group : survey ? survey_group : search_group;
wire [ROW_WIDTH-1:0]   read = rows[row];
assign {busy, repeats, waiting, due, no_journal, owns, has_sent} = written_reg[row] ? read : {ROW_WIDTH{1'b0}};

assign in_time = ~(busy | waiting) | due;

wire [COMMANDS-1:0] one       = FIRST << (claims ? slot : search_slot);
wire [COMMANDS-1:0] sending   = send ? one : {COMMANDS{1'b0}};
wire [COMMANDS-1:0] releasing = answers ? one : {COMMANDS{1'b0}};
wire [COMMANDS-1:0] following = follow ? no_journal : {COMMANDS{1'b0}};
// a wait is measured with the interval as it is
wire [COMMANDS-1:0] measured  = settings ? waiting & ~busy : {COMMANDS{1'b0}};
reg  [COMMANDS-1:0] new_busy, new_repeats, new_waiting, new_due, new_no_journal, new_owns, new_has_sent;

always @* begin
    new_busy       = busy;
    new_repeats    = repeats;
    new_waiting    = waiting;
    new_due        = due;
    new_no_journal = no_journal;
    new_owns       = owns;
    new_has_sent   = has_sent;
    if (step) begin
        new_busy       = (busy & ~releasing) | sending;
        new_repeats    = (repeats & ~sending) | (sending & busy);
        new_waiting    = (waiting & ~sending & ~following) | (begins ? one : {COMMANDS{1'b0}});
        new_due        = due & ~(sending | releasing | following | measured);
        new_no_journal = (no_journal & ~sending & ~following) | (nothing ? one : {COMMANDS{1'b0}});
        new_owns       = owns | (send_owns ? sending : {COMMANDS{1'b0}});
        new_has_sent   = has_sent | sending;
    end else if (survey_taken)
        new_owns = owns & ~emptied;
    else if (search_taken)
        new_due = due | one;
end

always @(posedge clk) begin
    if (step || survey_taken || rings) begin
        rows[row]        <= (step && clear) ? {ROW_WIDTH{1'b0}}
                          : {new_busy, new_repeats, new_waiting, new_due, new_no_journal, new_owns, new_has_sent};
        written_reg[row] <= 1'b1;
    end
    if (rst)
        written_reg <= 0;
end

`ifdef ML_PROPERTIES
// Properties (docs/proofs.md): slots that waited, as they had no journal, when journals came
reg                   followed_reg;
reg [GROUP_WIDTH-1:0] row_reg;
reg [COMMANDS-1:0]    waited_reg;

always @(posedge clk) begin
    followed_reg <= step && follow && !rst;
    row_reg      <= row;
    waited_reg   <= no_journal & ~(begins ? one : {COMMANDS{1'b0}});
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: they wait no more
    `ML_HOLDS(FLAGS_1, !followed_reg || (rows[row_reg][4*COMMANDS +: COMMANDS] & waited_reg) == 0);
end
`endif

endmodule

`resetall
