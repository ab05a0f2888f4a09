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
 * A first step of a group (`survey_step`) begins a survey (command_survey), which proposes a slot; the group's next step of
 * this kind finds whether it may send as things are then, on its own row alone. Numbers are kept as their lowest 32
 * bits, for those that are not stored lie within the window.
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
    // a new generation, or a register write; a setting was written
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
    // a journal got its place
    input  wire                      stored,
    input  wire [NUMBER_WIDTH-1:0]   stored_index,

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
    // by number: how many journals came, and their bytes
    input  wire                      learn,
    input  wire [15:0]               taken,
    input  wire [31:0]               taken_bytes,
    input  wire [16:0]               batch_bytes,
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
localparam ROW_WIDTH = SLOT_WIDTH + GROUP_WIDTH;
localparam ROWS = 1 << ROW_WIDTH;
localparam [31:0] NUMBERS = WINDOW;

// a command is in flight, and repeats one that was not answered in time; the slot waits; its time is over
reg [ROWS-1:0] busy_reg, repeats_reg, waiting_reg, due_reg, no_journal_reg;
// it owns numbers; it has sent before
reg [ROWS-1:0] owns_reg, sent_reg;
// the lowest number that no slot was given; whether one was
(* ram_style = "distributed" *)
reg [31:0] tails  [0:GROUPS-1];
reg [GROUPS-1:0]   given_reg;

wire [31:0] commit = update_number[31:0];
integer k;

/*
 * Survey
 */
wire [GROUP_WIDTH-1:0] surveyed;
wire [SLOT_WIDTH-1:0]  slot;
// the slot proposed has numbers left; with these it waits for no other one, whatever it had
wire                   chosen_owns, chosen_waited;
// slots that have no numbers left; the slot's time has come
wire [ROWS-1:0]        emptied;
wire                   in_time;
wire [31:0]            row_first, row_end;
// of the numbers that it is given or goes on with
wire [31:0]            send_end;

command_survey #(.GROUPS(GROUPS), .COMMANDS(COMMANDS), .WINDOW(WINDOW)) survey (
    .clk(clk), .rst(rst), .survey_step(survey_step), .stops(stops || (clear && group == surveyed)), .group(group),
    .commit(commit),
    .commands(commands), .plain(plain), .busy(busy_reg), .waiting(waiting_reg), .due(due_reg), .owns(owns_reg),
    .no_journal(no_journal_reg), .lookup_index(lookup_index), .lookup_placed(lookup_placed), .surveys(surveys),
    .proposes(proposes), .surveyed(surveyed), .slot(slot), .chosen_owns(chosen_owns), .chosen_waited(chosen_waited),
    .in_time(in_time), .emptied(emptied), .row_first(row_first), .row_end(row_end), .give(send && !plain),
    .give_first(send_first[31:0]), .give_end(send_end)
);

assign lookup_group = surveyed;

/*
 * The slot proposed, as it is in the step
 */
wire [ROW_WIDTH-1:0] sent = {surveyed, slot};
reg                  last_stored_reg;
reg [NUMBER_WIDTH-1:0] last_index_reg;
wire known    = lookup_placed || (last_stored_reg && last_index_reg == row_first[NUMBER_WIDTH-1:0]);
wire [31:0] tail        = tails[surveyed];
wire [31:0] tail_ahead  = tail - commit;
wire [31:0] first_ahead = row_first - commit;
wire [31:0] new_ahead   = (given_reg[surveyed] && !tail_ahead[31]) ? tail_ahead : 32'd0;
wire [31:0] ahead       = chosen_owns ? first_ahead : new_ahead;
wire [31:0] numbers     = row_end - row_first;
wire [31:0] batch       = {25'd0, batch_journals};
wire [6:0]  share, asked_journals;
// a slot is not given more than a batch
wire [6:0]  given       = (share > batch_journals) ? batch_journals : share;
wire [W-1:0] entries_ahead = {{W-19{1'b0}}, ahead[12:0], 6'd0};
wire        in_window   = ahead + batch <= NUMBERS && information_committed + entries_ahead < information_area;
wire        in_number   = {{32-SLOT_WIDTH{1'b0}}, slot} < {25'd0, commands};
wire        is_due      = in_time && (chosen_waited || !no_journal_reg[sent]);
wire        by_number   = is_due && (chosen_owns ? !known : in_number) && !ahead[31];

command_shares #(.GROUPS(GROUPS)) command_shares_inst (
    .clk(clk), .rst(rst), .group(group), .clear(clear), .learn(learn), .asked(asked_journals), .taken(taken),
    .taken_bytes(taken_bytes), .batch_journals(batch_journals), .batch_bytes(batch_bytes), .share_group(surveyed),
    .share(share)
);

assign send_slot  = slot;
assign may_send   = survey_step && proposes && (plain ? in_time && (busy_reg[sent] || (goes_on && backlog_room))
                                               : by_number && backlog_room && in_window);
assign changed    = survey_step && proposes && !(plain ? in_time : by_number);
assign send_first = plain ? 64'd0 : update_number + {32'd0, ahead};
assign send_limit = (plain || (chosen_owns && numbers > batch)) ? batch
                  : chosen_owns ? numbers : {25'd0, given};
assign send_again = plain && busy_reg[sent];
assign send_end = chosen_owns ? row_end : send_first[31:0] + {25'd0, given};

// its time-out
wire [31:0] limit_before;
wire [31:0] last_limit = sent_reg[sent] ? limit_before : 32'd0;
wire [32:0] grown    = busy_reg[sent] ? {last_limit, 1'b0} : {1'b0, last_limit};
wire [32:0] at_least = (grown < {1'b0, timeout}) ? {1'b0, timeout} : grown;
wire [31:0] new_limit = (at_least > {1'b0, longest}) ? longest : at_least[31:0];

/*
 * Times, and the slot of an answer
 */
wire [ROW_WIDTH-1:0] answered, rings_row;
wire [47:0] found_since;
wire [47:0] took = (release_found ? cycle : found_since) - found_since;
wire [31:0] found_limit, found_first;
wire [31:0] found_behind = found_first - commit;
wire        soon     = release_found && !repeats_reg[answered] && took < {18'd0, found_limit[31:2]};

assign found_missing = !found_behind[31];
assign wake_group    = rings_row[SLOT_WIDTH +: GROUP_WIDTH];

command_times #(.GROUPS(GROUPS), .COMMANDS(COMMANDS)) times (
    .clk(clk), .rst(rst), .cycle(cycle), .send(send), .send_row(sent), .new_tag(!send_again), .send_tag(send_tag),
    .send_limit(new_limit), .send_first(plain ? commit : send_first[31:0]), .send_count(send_limit[6:0]),
    .last_limit(limit_before), .wait_begins(wait_found), .soon(soon), .interval_known(survey_step),
    .interval_written(settings), .interval_group(group), .interval(interval), .busy(busy_reg), .waiting(waiting_reg),
    .due(due_reg), .rings(wake), .rings_row(rings_row), .answer_group(answer_group), .answer_tag(answer_tag), .settled(settled), .found(found),
    .found_row(answered), .found_since(found_since), .found_limit(found_limit), .found_first(found_first),
    .found_count(asked_journals)
);

// slots of the step's group
reg [ROWS-1:0] own;

always @* begin
    own = 0;
    for (k = 0; k < GROUPS; k = k + 1)
        own[k*COMMANDS +: COMMANDS] = {COMMANDS{group == k[GROUP_WIDTH-1:0]}};
end

wire [ROWS-1:0] ringing   = {{ROWS-1{1'b0}}, wake} << rings_row;
wire [ROWS-1:0] sending   = {{ROWS-1{1'b0}}, send} << sent;
wire [ROWS-1:0] releasing = {{ROWS-1{1'b0}}, release_found} << answered;
wire [ROWS-1:0] beginning = {{ROWS-1{1'b0}}, wait_found} << answered;
wire [ROWS-1:0] nothing   = {{ROWS-1{1'b0}}, no_journal_found} << answered;
wire [ROWS-1:0] following = follow ? own & no_journal_reg : {ROWS{1'b0}};
wire [ROWS-1:0] clearing  = clear ? own : {ROWS{1'b0}};
// a wait is measured with the interval as it is
wire [ROWS-1:0] measured  = settings ? own & waiting_reg & ~busy_reg : {ROWS{1'b0}};

always @(posedge clk) begin
    busy_reg       <= (busy_reg & ~releasing & ~clearing) | sending;
    repeats_reg    <= (repeats_reg & ~sending) | (sending & busy_reg);
    waiting_reg    <= ((waiting_reg & ~sending & ~following) | beginning) & ~clearing;
    due_reg        <= (due_reg | ringing) & ~(sending | releasing | following | clearing | measured);
    no_journal_reg <= ((no_journal_reg & ~sending & ~following) | nothing) & ~clearing;
    owns_reg       <= ((owns_reg & ~emptied) | (plain ? {ROWS{1'b0}} : sending)) & ~clearing;
    sent_reg       <= (sent_reg | sending) & ~clearing;

    if (send && !plain && !chosen_owns) begin
        tails[surveyed]     <= send_end;
        given_reg[surveyed] <= 1'b1;
    end
    last_stored_reg <= stored && group == surveyed;
    last_index_reg  <= stored_index;

    if (clear)
        given_reg[group] <= 1'b0;
    if (rst) begin
        busy_reg       <= 0;
        waiting_reg    <= 0;
        due_reg        <= 0;
        no_journal_reg <= 0;
        owns_reg       <= 0;
        sent_reg       <= 0;
        given_reg      <= 0;
    end
end

endmodule

`resetall
