// Which command slot of a group may send a journal read command next.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * After `survey_step`, the slots of a group whose time has come are visited one after the other; each passes the numbers that
 * are stored, one in a cycle. One that had no journal waits for slots with lower numbers: while there is such a one, all
 * that own numbers are visited. Proposed is then the slot with the lowest numbers, or else one without any.
 */
module command_survey #(
    parameter GROUPS = 4,
    // Slots of a group, a power of two
    parameter COMMANDS = 4,
    parameter WINDOW = 256,
    parameter SLOT_WIDTH = $clog2(COMMANDS),
    parameter NUMBER_WIDTH = $clog2(WINDOW),
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1,
    parameter ROW_WIDTH = SLOT_WIDTH + GROUP_WIDTH
) (
    input  wire                      clk,
    input  wire                      rst,

    // a step of a group: it begins a survey, or takes what is proposed; nothing is proposed any more
    input  wire                      survey_step,
    input  wire                      stops,
    input  wire [GROUP_WIDTH-1:0]    group,
    input  wire [31:0]               commit,
    input  wire [6:0]                commands,
    input  wire                      plain,
    // slots {group, slot}
    input  wire [(1<<ROW_WIDTH)-1:0] busy,
    input  wire [(1<<ROW_WIDTH)-1:0] waiting,
    input  wire [(1<<ROW_WIDTH)-1:0] due,
    input  wire [(1<<ROW_WIDTH)-1:0] owns,
    input  wire [(1<<ROW_WIDTH)-1:0] no_journal,

    // has the number of the group surveyed with this index a place? One cycle later
    output wire [NUMBER_WIDTH-1:0]   lookup_index,
    input  wire                      lookup_placed,

    output wire                      surveys,
    output wire                      proposes,
    output wire [GROUP_WIDTH-1:0]    surveyed,
    output wire [SLOT_WIDTH-1:0]     slot,
    // it has numbers left; it waits for no other slot, though it had no journal
    output wire                      chosen_owns,
    output wire                      chosen_waited,
    // its time has come
    output wire                      in_time,
    // slots that have no numbers left
    output wire [(1<<ROW_WIDTH)-1:0] emptied,
    // the numbers that it owns; it is given others
    output wire [31:0]               row_first,
    output wire [31:0]               row_end,
    input  wire                      give,
    input  wire [31:0]               give_first,
    input  wire [31:0]               give_end
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_COMMANDS
`ML_REQUIRE_WINDOW

localparam ROWS = 1 << ROW_WIDTH;

localparam [2:0] IDLE = 3'd0, BEGIN = 3'd1, VISIT = 3'd2, SCAN = 3'd3, CHOOSE = 3'd4, PROPOSE = 3'd5;

reg [2:0]             state_reg;
reg [GROUP_WIDTH-1:0] group_reg;
reg [31:0]            commit_reg;
reg [6:0]             commands_reg;
reg                   plain_reg;
// slots to be visited; the one that is
reg [COMMANDS-1:0]    visits_reg;
reg [SLOT_WIDTH-1:0]  slot_reg;
reg [31:0]            front_reg, end_reg;
reg [NUMBER_WIDTH-1:0] probe_reg;
reg                   probed_reg;
// the lowest front of all, and of those that wait for no other slot: {its time has come, slot, front}
reg                   lowest_valid_reg, lowest_due_reg, ready_valid_reg;
reg [SLOT_WIDTH-1:0]  lowest_slot_reg, ready_slot_reg;
reg [31:0]            lowest_front_reg, ready_front_reg;
// no slot with lower numbers was left when the slot was chosen, or it waits for none
reg                   chosen_owns_reg, chosen_waited_reg;
// first and end of the numbers that each slot owns
reg [31:0]            firsts [0:ROWS-1];
reg [31:0]            ends   [0:ROWS-1];
integer i;

wire [COMMANDS-1:0] group_busy    = busy[group_reg*COMMANDS +: COMMANDS];
wire [COMMANDS-1:0] group_waiting = waiting[group_reg*COMMANDS +: COMMANDS];
wire [COMMANDS-1:0] group_due     = due[group_reg*COMMANDS +: COMMANDS];
wire [COMMANDS-1:0] group_owns    = owns[group_reg*COMMANDS +: COMMANDS];
wire [COMMANDS-1:0] group_waits   = no_journal[group_reg*COMMANDS +: COMMANDS];
wire [COMMANDS-1:0] all_in_time   = ~(group_busy | group_waiting) | group_due;
wire                any_waits     = (all_in_time & group_owns & group_waits) != 0;
reg  [COMMANDS-1:0] in_use;
reg  [SLOT_WIDTH-1:0] next_visit, unused_slot;
wire [COMMANDS-1:0] unused = all_in_time & ~group_owns & in_use;

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

wire [ROW_WIDTH-1:0] row   = {group_reg, (state_reg == VISIT) ? next_visit : slot_reg};
assign row_first = firsts[row];
assign row_end   = ends[row];
wire [31:0] first_behind   = row_first - commit_reg;
wire [31:0] end_behind     = row_end - commit_reg;
wire [31:0] front          = !first_behind[31] ? row_first : end_behind[31] ? row_end : commit_reg;
wire        visited        = state_reg == SCAN && (front_reg == end_reg || (probed_reg && !lookup_placed));
wire        left           = front_reg != end_reg;
wire        slot_in_time   = all_in_time[slot_reg];
wire [31:0] below_lowest   = front_reg - lowest_front_reg;
wire [31:0] below_ready    = front_reg - ready_front_reg;

assign surveys       = state_reg != IDLE && state_reg != PROPOSE;
assign proposes      = state_reg == PROPOSE;
assign lookup_index  = (state_reg == SCAN) ? probe_reg : row_first[NUMBER_WIDTH-1:0];
assign surveyed      = group_reg;
assign slot          = slot_reg;
assign chosen_owns   = chosen_owns_reg;
assign chosen_waited = chosen_waited_reg;
assign in_time       = slot_in_time;
assign emptied       = {{ROWS-1{1'b0}}, visited && !left} << row;

always @(posedge clk) begin
    if (visited || give)
        firsts[row] <= give ? give_first : front_reg;
    if (give)
        ends[row] <= give_end;
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
            state_reg        <= VISIT;
            visits_reg       <= plain_reg ? {COMMANDS{1'b0}} : group_owns & (all_in_time | {COMMANDS{any_waits}});
            lowest_valid_reg <= 1'b0;
            ready_valid_reg  <= 1'b0;
        end
        VISIT: begin
            state_reg  <= (visits_reg != 0) ? SCAN : CHOOSE;
            slot_reg   <= next_visit;
            front_reg  <= front;
            end_reg    <= row_end;
            probe_reg  <= front[NUMBER_WIDTH-1:0];
            probed_reg <= 1'b0;
            visits_reg <= visits_reg & (visits_reg - 1'b1);
        end
        SCAN: begin
            probe_reg  <= probe_reg + 1'b1;
            probed_reg <= 1'b1;
            if (visited) begin
                state_reg <= VISIT;
                if (left && (!lowest_valid_reg || below_lowest[31])) begin
                    lowest_valid_reg <= 1'b1;
                    lowest_due_reg   <= slot_in_time;
                    lowest_slot_reg  <= slot_reg;
                    lowest_front_reg <= front_reg;
                end
                if (left && slot_in_time && !no_journal[row] && (!ready_valid_reg || below_ready[31])) begin
                    ready_valid_reg <= 1'b1;
                    ready_slot_reg  <= slot_reg;
                    ready_front_reg <= front_reg;
                end
            end else if (probed_reg)
                front_reg <= front_reg + 1'b1;
        end
        CHOOSE: begin
            chosen_owns_reg   <= lowest_valid_reg && (lowest_due_reg || ready_valid_reg);
            chosen_waited_reg <= 1'b0;
            state_reg         <= PROPOSE;
            if (lowest_valid_reg && lowest_due_reg) begin
                slot_reg          <= lowest_slot_reg;
                chosen_waited_reg <= 1'b1;
            end else if (ready_valid_reg)
                slot_reg <= ready_slot_reg;
            else begin
                slot_reg          <= unused_slot;
                chosen_waited_reg <= 1'b1;
                if (unused == 0)
                    state_reg <= IDLE;
            end
        end
        default:
            if (survey_step)
                state_reg <= IDLE;
    endcase
    if (stops || rst)
        state_reg <= IDLE;
    if (rst) begin
        group_reg <= 0;
        slot_reg  <= 0;
    end
end

endmodule

`resetall
