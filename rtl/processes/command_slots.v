// Command slots of the journal read command process: which journals each command in flight asks for ([0130], [0155]).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * A group has COMMANDS slots. By number, a slot owns the numbers [first, end) until they are stored; it asks for what
 * is left of them, and, when nothing is, for numbers that no slot was given yet. In plain mode slot 0 alone is used,
 * without numbers.
 *
 * A slot is given as many numbers at a time as one answer is expected to bring (command_shares).
 *
 * A command counts as lost after its time-out, which doubles when the command is repeated, and falls by half when it
 * was answered in less than a quarter of it; it is at least `timeout` and at most `longest`, of which the latter
 * prevails.
 *
 * A slot beyond `commands` goes on with the numbers that it owns, and gets no others.
 *
 * A first step of a group (`survey_step`) begins a survey (command_survey), which proposes a slot; the group's next
 * step of this kind finds whether it may send as things are then, on its own row alone. Numbers are kept as their
 * lowest 32 bits, for those that are not stored lie within the window. What slots are doing is in command_flags, what
 * they asked for and when in command_times.
 *
 * A step that sends, and that of an answer, hold for four cycles before (`claims`): the slot's row, then sums of it,
 * then what they are within enter registers.
 */
module command_slots #(
    parameter GROUPS = 4,
    // Slots of a group, a power of two
    parameter COMMANDS = 4,
    parameter WINDOW = 256,
    parameter POSITION_WIDTH = 48,
    parameter SLOT_WIDTH = $clog2(COMMANDS),
    parameter NUMBER_WIDTH = $clog2(WINDOW),
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1
) (
    input  wire                      clk,
    input  wire                      rst,
    input  wire [47:0]               cycle,

    /*
     * The step's group: tables
     */
    input  wire [GROUP_WIDTH-1:0]    group,
    // a step may come, or comes: one of the process, of whatever kind; a command, an answer
    input  wire                      claims,
    input  wire                      claims_command,
    input  wire                      claims_answer,
    // it comes; a new generation, or a register write; a setting was written
    input  wire                      step,
    input  wire                      clear,
    input  wire                      settings,
    input  wire                      plain,
    input  wire [6:0]                commands,
    input  wire [6:0]                batch_journals,
    input  wire [31:0]               timeout,
    input  wire [31:0]               longest,
    input  wire [31:0]               interval,
    input  wire [63:0]               update_number,
    input  wire [POSITION_WIDTH-1:0] information_area,
    input  wire [POSITION_WIDTH-1:0] information_committed,

    // has the number with this index a place? One cycle later
    output wire [GROUP_WIDTH-1:0]    lookup_group,
    output wire [NUMBER_WIDTH-1:0]   lookup_index,
    input  wire                      lookup_placed,

    /*
     * Step of a command: it begins a survey, or has the slot proposed send what it asks for
     */
    input  wire                      survey_step,
    // the group is not read: nothing is proposed any more
    input  wire                      stops,
    // in plain mode: all that came is committed, or to be asked for again
    input  wire                      goes_on,
    // not so many journals wait for restore
    input  wire                      backlog_room,
    // a survey is in flight; a slot is proposed
    output wire                      surveys,
    output wire                      proposes,
    output wire                      may_send,
    output wire [SLOT_WIDTH-1:0]     send_slot,
    output wire [63:0]               send_first,
    output wire [31:0]               send_limit,
    // the command in flight is sent again as it was
    output wire                      send_again,
    // things have changed since the survey
    output wire                      changed,
    input  wire                      send,
    input  wire [31:0]               send_tag,

    /*
     * The answer that is taken in: the slot whose command it answers, known when `settled`
     */
    input  wire [GROUP_WIDTH-1:0]    answer_group,
    input  wire [31:0]               answer_tag,
    output wire                      settled,
    output wire                      found,
    // the first number asked for is not committed
    output wire                      found_missing,
    // its step: the slot is done with its command; it waits for the interval; it had no journal
    input  wire                      release_found,
    input  wire                      wait_found,
    input  wire                      no_journal_found,
    // by number: how many journals came, and their bytes, in blocks
    input  wire                      learn,
    input  wire [15:0]               taken,
    input  wire [7:0]                taken_blocks,
    input  wire [7:0]                batch_blocks,
    // journals came: slots whose journals were not there yet may ask again
    input  wire                      follow,

    // the time of a slot of this group has come
    output wire                      wake,
    output wire [GROUP_WIDTH-1:0]    wake_group
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_COMMANDS
`ML_REQUIRE_WINDOW
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam [13:0] NUMBERS = WINDOW[13:0];

wire [31:0] commit = update_number[31:0];

/*
 * Flags of the slots: the step's, else those of the group that is surveyed, else of the slot whose time or tag is
 * looked at
 */
wire [SLOT_WIDTH-1:0]  slot, found_slot, search_slot;
wire [GROUP_WIDTH-1:0] surveyed, search_group;
wire [COMMANDS-1:0]    busy, repeats, waiting, due, in_time, no_journal, owns, has_sent, emptied;
wire                   looks, looks_taken, search_taken, rings;
wire [SLOT_WIDTH-1:0]  step_slot = claims_answer ? found_slot : slot;
// the step's slot, in the cycle before
reg                    slot_busy, slot_in_time, slot_had_none, slot_has_sent;
reg [31:0]             limit_before, first_before;
reg [6:0]              count_before;

command_flags #(.GROUPS(GROUPS), .COMMANDS(COMMANDS)) flags (
    .clk(clk), .rst(rst), .claims(claims), .step(step), .group(group), .slot(step_slot), .send(send),
    .send_owns(!plain),
    .answers(release_found), .begins(wait_found), .nothing(no_journal_found), .follow(follow), .clear(clear),
    .settings(settings), .survey(looks), .survey_group(surveyed), .emptied(emptied), .survey_taken(looks_taken),
    .search_group(search_group), .search_slot(search_slot), .rings(rings), .search_taken(search_taken), .busy(busy),
    .repeats(repeats), .waiting(waiting), .due(due), .in_time(in_time), .no_journal(no_journal),
    .owns(owns), .has_sent(has_sent)
);

/*
 * Survey
 */
// the slot proposed has numbers left; with these it waits for no other one, whatever it had; there is a number that no
// slot was given
wire        chosen_owns, chosen_waited, given, learning;
wire [31:0] chosen_first;
wire [6:0]  chosen_left, share;
// journals that it asks for
reg  [6:0]  count;
// a slot is not given more than a batch
wire [6:0]  batch = (share > batch_journals) ? batch_journals : share;

command_survey #(.GROUPS(GROUPS), .COMMANDS(COMMANDS), .WINDOW(WINDOW)) survey (
    .clk(clk), .rst(rst), .survey_step(survey_step), .stops(stops || (clear && group == surveyed)), .group(group),
    .commit(commit), .commands(commands), .plain(plain), .give(send && !plain && !chosen_owns),
    .give_first(send_first[31:0]), .give_count(count), .clear(clear), .looks(looks), .looks_taken(looks_taken),
    .emptied(emptied), .in_time(in_time), .owns(owns), .no_journal(no_journal),
    .lookup_index(lookup_index), .lookup_placed(lookup_placed), .surveys(surveys), .proposes(proposes),
    .surveyed(surveyed), .slot(slot), .chosen_owns(chosen_owns), .chosen_waited(chosen_waited),
    .chosen_first(chosen_first), .chosen_left(chosen_left), .given(given)
);

command_shares #(.GROUPS(GROUPS)) command_shares_inst (
    .clk(clk), .rst(rst), .group(group), .clear(clear), .learn(learn), .asked(count_before), .taken(taken),
    .taken_blocks(taken_blocks), .batch_journals(batch_journals), .batch_blocks(batch_blocks), .share_group(surveyed),
    .learning(learning), .share(share)
);

assign lookup_group = surveyed;

/*
 * The slot proposed, as it is in the step
 */
// how far its first number is ahead of commit, and what is carried into its upper half
reg  [31:0] distance;
reg         carries;
wire        from_commit = !chosen_owns && (!given || distance[31]);
wire [31:0] ahead       = from_commit ? 32'd0 : distance;
reg  [13:0] window_end;
// in entries
reg  [W-7:0] entries;
reg         in_window, in_number, by_number, may, stale;
wire        is_due      = slot_in_time && (chosen_waited || !slot_had_none);

assign send_slot  = slot;
assign may_send   = survey_step && proposes && may;
assign changed    = survey_step && proposes && stale;
assign send_first = plain ? 64'd0 : {update_number[63:32] + {31'd0, carries && !from_commit},
                                     from_commit ? commit : chosen_first};
assign send_limit = {25'd0, count};
assign send_again = plain && slot_busy;

// its time-out
wire [31:0] last_limit = slot_has_sent ? limit_before : 32'd0;
wire [32:0] grown      = slot_busy ? {last_limit, 1'b0} : {1'b0, last_limit};
reg  [32:0] at_least;
reg  [31:0] new_limit;

always @(posedge clk) begin
    {carries, distance} <= {1'b0, chosen_first} - {1'b0, commit};
    in_number           <= {{32-SLOT_WIDTH{1'b0}}, slot} < {25'd0, commands};
    count               <= (plain || (chosen_owns && chosen_left > batch_journals)) ? batch_journals
                           : chosen_owns ? chosen_left : batch;

    window_end          <= {1'b0, ahead[12:0]} + {7'd0, batch_journals};
    entries             <= information_committed[W-1:6] + {{W-19{1'b0}}, ahead[12:0]};
    by_number           <= is_due && (chosen_owns ? !lookup_placed : in_number && !learning) && !ahead[31];
    at_least            <= (grown < {1'b0, timeout}) ? {1'b0, timeout} : grown;

    in_window           <= ahead[31:13] == 19'd0 && window_end <= NUMBERS && entries < information_area[W-1:6];
    new_limit           <= (at_least > {1'b0, longest}) ? longest : at_least[31:0];

    may                 <= plain ? slot_in_time && (slot_busy || (goes_on && backlog_room))
                                 : by_number && backlog_room && in_window;
    stale               <= plain ? !slot_in_time : !by_number;
end

/*
 * Times, and the slot of an answer
 */
wire        searched;
wire [31:0] last_limit_read, last_first;
wire [6:0]  last_count;
reg  [31:0] first_behind;
wire [SLOT_WIDTH-1:0] looked_at = claims ? step_slot : search_slot;

// one answer is learned from at a time (command_shares)
assign settled       = searched && !learning;
assign found_missing = !first_behind[31];
assign wake          = rings;
assign wake_group    = search_group;

command_times #(.GROUPS(GROUPS), .COMMANDS(COMMANDS)) times (
    .clk(clk), .rst(rst), .cycle(cycle), .command(claims_command), .command_group(surveyed), .command_slot(slot),
    .send(send), .new_tag(!send_again), .send_tag(send_tag), .send_limit(new_limit),
    .send_first(plain ? commit : send_first[31:0]), .send_count(count), .answer(claims_answer),
    .release_found(release_found), .wait_begins(wait_found), .clear(clear), .interval_known(survey_step),
    .interval_written(settings), .interval_group(group), .interval(interval), .row_group(search_group),
    .row_slot(search_slot), .looks(search_taken), .busy(busy[looked_at]), .repeats(repeats[looked_at]),
    .waiting(waiting[looked_at]), .due(due[looked_at]), .rings(rings), .answer_group(answer_group),
    .answer_tag(answer_tag), .settled(searched), .found(found), .found_slot(found_slot), .last_limit(last_limit_read),
    .last_first(last_first), .last_count(last_count)
);

always @(posedge clk) begin
    slot_busy     <= busy[step_slot];
    slot_in_time  <= in_time[step_slot];
    slot_had_none <= no_journal[step_slot];
    slot_has_sent <= has_sent[step_slot];
    limit_before  <= last_limit_read;
    first_before  <= last_first;
    count_before  <= last_count;
    first_behind  <= first_before - commit;
end

endmodule

`resetall
