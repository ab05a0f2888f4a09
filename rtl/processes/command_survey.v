// Which command slot of a group may send a journal read command next.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"
`include "properties.vh"

/*
 * After `survey_step`, the slots of a group whose time has come are visited one after the other; each passes the
 * numbers that are stored, one in a cycle. One that had no journal waits for slots with lower numbers: while there is
 * such a one, all that own numbers are visited. Proposed is then the slot with the lowest numbers, or else one without
 * any.
 *
 * A slot's numbers are two rows of a memory, the first one and the one behind the last, as their lowest 32 bits. What
 * is left of them is counted from commit as it is when the survey begins.
 */
module command_survey #(
    parameter GROUPS = 4,
    // Slots of a group, a power of two
    parameter COMMANDS = 4,
    parameter WINDOW = 256,
    parameter SLOT_WIDTH = $clog2(COMMANDS),
    parameter NUMBER_WIDTH = $clog2(WINDOW),
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1
) (
    input  wire                    clk,
    input  wire                    rst,

    // a step of a group: it begins a survey, or takes what is proposed; nothing is proposed any more
    input  wire                    survey_step,
    input  wire                    stops,
    input  wire [GROUP_WIDTH-1:0]  group,
    input  wire [31:0]             commit,
    input  wire [6:0]              commands,
    input  wire                    plain,
    // it has the slot send numbers that it is given: the first one, how many; the group begins anew
    input  wire                    give,
    input  wire [31:0]             give_first,
    input  wire [6:0]              give_count,
    input  wire                    clear,

    // command_flags: the group's are looked at; slots that have no numbers left
    output wire                    looks,
    input  wire                    looks_taken,
    output wire [COMMANDS-1:0]     emptied,
    input  wire [COMMANDS-1:0]     in_time,
    input  wire [COMMANDS-1:0]     owns,
    input  wire [COMMANDS-1:0]     no_journal,

    // has the number of the group surveyed with this index a place? One cycle later
    output wire [NUMBER_WIDTH-1:0] lookup_index,
    input  wire                    lookup_placed,

    output wire                    surveys,
    output wire                    proposes,
    output wire [GROUP_WIDTH-1:0]  surveyed,
    output wire [SLOT_WIDTH-1:0]   slot,
    // it has numbers left; it waits for no other slot, though it had no journal
    output wire                    chosen_owns,
    output wire                    chosen_waited,
    // the first of its numbers, and how many are left; or the lowest that no slot was given, if there was one
    output wire [31:0]             chosen_first,
    output wire [6:0]              chosen_left,
    output wire                    given
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_COMMANDS
`ML_REQUIRE_WINDOW

localparam ROWS = 2 << (SLOT_WIDTH + GROUP_WIDTH);
localparam COUNT_WIDTH = NUMBER_WIDTH + 1;
localparam [COMMANDS-1:0] ONE = 1;

localparam [3:0] IDLE = 4'd0, BEGIN = 4'd1, VISIT = 4'd2, VISIT_END = 4'd3, SCAN = 4'd4, CHOOSE = 4'd5, FETCH = 4'd6,
                 FETCH_END = 4'd7, PROPOSE = 4'd8, GIVE = 4'd9, VISIT_FRONT = 4'd10;

reg [3:0]             state_reg;
reg [GROUP_WIDTH-1:0] group_reg;
reg [31:0]            commit_reg;
reg [6:0]             commands_reg;
reg                   plain_reg;
// as the survey began: slots whose time had come, that had no journal
reg [COMMANDS-1:0]    in_time_reg, no_journal_reg;
// slots to be visited, which are all that own numbers; the one that is; those that have no numbers left
reg [COMMANDS-1:0]    visits_reg, emptied_reg;
reg                   all_reg;
reg [SLOT_WIDTH-1:0]  slot_reg;
reg [COUNT_WIDTH-1:0] front_reg, end_reg;
reg [NUMBER_WIDTH-1:0] probe_reg;
reg                   probed_reg;
// the lowest front of all, and of those that wait for no other slot: {its time has come, slot, front}
reg                   lowest_valid_reg, lowest_due_reg, ready_valid_reg;
reg [SLOT_WIDTH-1:0]  lowest_slot_reg, ready_slot_reg;
reg [COUNT_WIDTH-1:0] lowest_front_reg, ready_front_reg;
// no slot with lower numbers was left when the slot was chosen, or it waits for none
reg                   chosen_owns_reg, chosen_waited_reg;
reg [31:0]            chosen_first_reg;
reg [6:0]             chosen_left_reg;
// {group, slot, end}
(* ram_style = "distributed" *)
reg [31:0]            numbers [0:ROWS-1];
// the lowest number that no slot was given; whether one was
(* ram_style = "distributed" *)
reg [31:0]            tails [0:GROUPS-1];
reg [GROUPS-1:0]      given_reg;
integer i;

wire                any_waits   = (in_time & owns & no_journal) != 0;
reg  [COMMANDS-1:0] in_use;
reg  [SLOT_WIDTH-1:0] next_visit, unused_slot;
wire [COMMANDS-1:0] unused = in_time & ~(owns & ~emptied_reg) & in_use;

always @* begin
    next_visit  = 0;
    unused_slot = 0;
    for (i = COMMANDS - 1; i >= 0; i = i - 1) begin
        in_use[i] = i[6:0] < commands_reg;
        if (visits_reg[i])
            next_visit = i[SLOT_WIDTH-1:0];
        if (unused[i])
            unused_slot = i[SLOT_WIDTH-1:0];
    end
end

wire of_end = state_reg == VISIT_END || state_reg == FETCH_END || state_reg == GIVE;
wire [SLOT_WIDTH+GROUP_WIDTH:0] row = {group_reg, slot_reg, of_end};
wire [31:0] number       = numbers[row];
wire [31:0] ahead        = number - commit_reg;
wire [COUNT_WIDTH-1:0] count = ahead[31] ? {COUNT_WIDTH{1'b0}} : ahead[COUNT_WIDTH-1:0];
wire        left         = front_reg != end_reg;
wire        visited      = state_reg == SCAN && (!left || (probed_reg && !lookup_placed));
wire        slot_in_time = in_time_reg[slot_reg];
wire [31:0] front        = commit_reg + {{32-COUNT_WIDTH{1'b0}}, front_reg};
wire [31:0] given_end    = chosen_first_reg + {25'd0, chosen_left_reg};

assign surveys       = state_reg != IDLE && state_reg != PROPOSE;
assign proposes      = state_reg == PROPOSE;
assign looks         = state_reg == BEGIN || state_reg == CHOOSE;
assign emptied       = (state_reg == CHOOSE) ? emptied_reg : {COMMANDS{1'b0}};
assign lookup_index  = (state_reg == SCAN) ? probe_reg : chosen_first_reg[NUMBER_WIDTH-1:0];
assign surveyed      = group_reg;
assign slot          = slot_reg;
assign chosen_owns   = chosen_owns_reg;
assign chosen_waited = chosen_waited_reg;
assign chosen_first  = chosen_first_reg;
assign chosen_left   = chosen_left_reg;
assign given         = given_reg[group_reg];

always @(posedge clk) begin
    if (visited || give || state_reg == GIVE)
        numbers[row] <= give ? give_first : visited ? front : given_end;
    if (state_reg == GIVE)
        tails[group_reg] <= given_end;
    case (state_reg)
        IDLE:
            if (survey_step) begin
                state_reg    <= BEGIN;
                group_reg    <= group;
                commit_reg   <= commit;
                commands_reg <= plain ? 7'd1 : commands;
                plain_reg    <= plain;
            end
        BEGIN: begin
            if (looks_taken)
                state_reg <= VISIT;
            visits_reg       <= plain_reg ? {COMMANDS{1'b0}} : owns & (in_time | {COMMANDS{any_waits}});
            all_reg          <= any_waits;
            in_time_reg      <= in_time;
            no_journal_reg   <= no_journal;
            emptied_reg      <= 0;
            lowest_valid_reg <= 1'b0;
            ready_valid_reg  <= 1'b0;
        end
        VISIT: begin
            state_reg  <= (visits_reg != 0) ? VISIT_FRONT : CHOOSE;
            slot_reg   <= next_visit;
            visits_reg <= visits_reg & (visits_reg - 1'b1);
        end
        VISIT_FRONT: begin
            state_reg  <= VISIT_END;
            front_reg  <= count;
            probe_reg  <= ahead[31] ? commit_reg[NUMBER_WIDTH-1:0] : number[NUMBER_WIDTH-1:0];
            probed_reg <= 1'b0;
        end
        VISIT_END: begin
            state_reg <= SCAN;
            end_reg   <= count;
        end
        SCAN: begin
            probe_reg  <= probe_reg + 1'b1;
            probed_reg <= 1'b1;
            if (visited) begin
                state_reg <= VISIT;
                if (!left)
                    emptied_reg <= emptied_reg | ONE << slot_reg;
                if (left && (!lowest_valid_reg || front_reg < lowest_front_reg)) begin
                    lowest_valid_reg <= 1'b1;
                    lowest_due_reg   <= slot_in_time;
                    lowest_slot_reg  <= slot_reg;
                    lowest_front_reg <= front_reg;
                end
                if (left && slot_in_time && !no_journal_reg[slot_reg]
                    && (!ready_valid_reg || front_reg < ready_front_reg)) begin
                    ready_valid_reg <= 1'b1;
                    ready_slot_reg  <= slot_reg;
                    ready_front_reg <= front_reg;
                end
            end else if (probed_reg)
                front_reg <= front_reg + 1'b1;
        end
        CHOOSE: if (looks_taken) begin
            chosen_owns_reg   <= lowest_valid_reg && (lowest_due_reg || ready_valid_reg);
            chosen_waited_reg <= 1'b0;
            state_reg         <= FETCH;
            if (lowest_valid_reg && lowest_due_reg) begin
                // one that gets to wait meanwhile does so for slots that were not visited, too
                slot_reg          <= lowest_slot_reg;
                chosen_waited_reg <= all_reg;
            end else if (ready_valid_reg)
                slot_reg <= ready_slot_reg;
            else begin
                slot_reg          <= unused_slot;
                chosen_waited_reg <= 1'b1;
                if (unused == 0)
                    state_reg <= IDLE;
            end
        end
        FETCH: begin
            state_reg        <= FETCH_END;
            chosen_first_reg <= chosen_owns_reg ? number : tails[group_reg];
        end
        FETCH_END: begin
            state_reg       <= PROPOSE;
            chosen_left_reg <= number[6:0] - chosen_first_reg[6:0];
        end
        PROPOSE:
            if (survey_step) begin
                state_reg        <= give ? GIVE : IDLE;
                chosen_first_reg <= give_first;
                chosen_left_reg  <= give_count;
            end
        default:
            state_reg <= IDLE;
    endcase
    if (give)
        given_reg[group_reg] <= 1'b1;
    if (clear)
        given_reg[group] <= 1'b0;
    if (stops || rst)
        state_reg <= IDLE;
    if (rst) begin
        group_reg <= 0;
        slot_reg  <= 0;
        given_reg <= 0;
    end
end

`ifdef ML_PROPERTIES
// Properties (docs/proofs.md)
always @(`ML_CYCLE) if (!rst) begin
    // 1: the first number that a slot is to ask for has no place
    `ML_HOLDS(SURVEY_1, !visited || !left || !lookup_placed);
    // 2: one that has waited for others does so no more only when all were visited
    `ML_HOLDS(SURVEY_2, !proposes || !chosen_owns || !chosen_waited || all_reg);
end
`endif

endmodule

`resetall
