// Command slots of the journal read command process: which journals each command under way asks for ([0130], [0155]).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "update_information.vh"
`include "parameters.vh"

/*
 * A group has COMMANDS slots. By number, a slot owns the numbers [first, end) until they are stored; it asks for what is left of
 * them, and, when nothing is, for numbers that no slot was given yet. In plain mode slot 0 alone is used, without numbers.
 *
 * A slot is given `share` numbers at a time, about as many as one answer brings: commit goes by number, and would wait for a slot
 * that needs many answers for what it was given. An answer of more than half of a batch's bytes was cut by them if journals are
 * missing; one of fewer that brought all would have had room for twice as many, four times, ... (64 times at most).
 *
 * A command counts as lost after the time-out `limit`, which doubles when the command is repeated, and falls by half when it was
 * answered in less than a quarter of it; it is at least `timeout` and at most `longest`, of which the latter prevails.
 *
 * A slot beyond `commands` goes on with the numbers that it owns, and gets no others.
 *
 * `first` passes numbers that are stored some at a time, with every step of `look`: a slot whose first number is known is not
 * ready, and `passes` asks for another look. Times are cycles, compared as differences.
 */
module command_slots #(
    parameter GROUPS = 4,
    // Slots of a group, a power of two
    parameter COMMANDS = 4,
    parameter WINDOW = 256,
    parameter POSITION_WIDTH = 48,
    parameter SLOT_WIDTH = $clog2(COMMANDS)
) (
    input  wire                      clk,
    input  wire                      rst,
    input  wire [47:0]               cycle,

    /*
     * The step's group: tables, and numbers that have a place
     */
    input  wire [15:0]               group,
    // a new generation, or a register write
    input  wire                      clear,
    input  wire                      plain,
    input  wire [6:0]                commands,
    input  wire [6:0]                batch_journals,
    input  wire [31:0]               timeout,
    input  wire [31:0]               longest,
    input  wire [31:0]               interval,
    input  wire [63:0]               update_number,
    input  wire [POSITION_WIDTH-1:0] information_area,
    input  wire [POSITION_WIDTH-1:0] information_committed,
    input  wire [WINDOW-1:0]         placed,

    /*
     * Step of a command: the lowest slot that may send, what it asks for; it does in this step if `send`
     */
    input  wire                      look,
    // in plain mode: all that came is committed, or to be asked for again
    input  wire                      goes_on,
    // not so many journals wait for restore
    input  wire                      backlog_room,
    output reg                       may_send,
    output reg  [SLOT_WIDTH-1:0]     send_slot,
    output reg  [63:0]               send_first,
    output reg  [31:0]               send_limit,
    // the command under way is sent again as it was
    output wire                      send_again,
    output reg                       passes,
    input  wire                      send,
    input  wire [31:0]               send_tag,

    /*
     * Step of an answer: the slot whose command it answers
     */
    input  wire [31:0]               tag,
    output reg                       found,
    output wire [63:0]               found_first,
    // the slot is done with its command; it waits for the interval; it had no journal
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

    // the time of a slot of this group may have come
    output reg                       wake,
    output reg  [15:0]               wake_group
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_COMMANDS
`ML_REQUIRE_WINDOW
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;
localparam NUMBER_WIDTH = $clog2(WINDOW);
localparam [63:0] NUMBERS = {32'd0, WINDOW[31:0]};
localparam SLOTS = COMMANDS << GROUP_WIDTH;
// numbers passed in a step
localparam PASSED = 8;
localparam DOUBLINGS = 6;

reg        busy       [0:SLOTS-1];
reg [31:0] tags       [0:SLOTS-1];
// sent, or when the interval that it waits for began
reg [47:0] since      [0:SLOTS-1];
reg        waiting    [0:SLOTS-1];
// time-out of the command; it repeats one that was not answered in time
reg [31:0] limit      [0:SLOTS-1];
reg        repeats    [0:SLOTS-1];
reg        no_journal [0:SLOTS-1];
reg [63:0] first      [0:SLOTS-1];
reg [63:0] end_number [0:SLOTS-1];
// the first number asked for by the command under way, and how many
reg [63:0] asked      [0:SLOTS-1];
reg [6:0]  asked_count [0:SLOTS-1];
// the lowest number that no slot was given, 0: none was
reg [63:0] tail       [0:GROUPS-1];
// numbers that a slot is given
reg [6:0]  share      [0:GROUPS-1];
// the timer runs, and when it ends
reg        armed      [0:SLOTS-1];
reg [47:0] alarm      [0:SLOTS-1];

wire [GROUP_WIDTH-1:0] g = group[GROUP_WIDTH-1:0];
wire [63:0] batch     = {57'd0, batch_journals};
wire [63:0] new_first = (tail[g] > update_number) ? tail[g] : update_number;
// the time matters only in a step, so that nothing is computed between them
wire [47:0] now = (look || release_found) ? cycle : 48'd0;
// a slot is not given more than a batch
wire [6:0] given = (share[g] > batch_journals) ? batch_journals : share[g];

// A number that was stored before: it has a place, or commit has passed it.
function known(input [63:0] asked_for, input [63:0] commit, input [WINDOW-1:0] places);
    known = asked_for < commit || (asked_for - commit < NUMBERS && places[asked_for[NUMBER_WIDTH-1:0]]);
endfunction

integer s, o, p;
reg [63:0] fronts [0:COMMANDS-1];
reg [63:0] front, candidate, ahead, left;
reg [SLOT_WIDTH+GROUP_WIDTH-1:0] at;
reg [COMMANDS-1:0] in_time;
reg [63:0] send_end;
reg waits, ready;

/*
 * What each slot could ask for; the lowest that may, does
 */
always @* begin
    o          = 0;
    p          = 0;
    may_send   = 1'b0;
    send_slot  = 0;
    send_first = 64'd0;
    send_limit = {25'd0, batch_journals};
    send_end   = 64'd0;
    passes     = 1'b0;
    front      = 64'd0;
    candidate  = 64'd0;
    ahead      = 64'd0;
    left       = 64'd0;
    at         = 0;
    in_time    = {COMMANDS{1'b0}};
    waits      = 1'b0;
    ready      = 1'b0;
    for (s = 0; s < COMMANDS; s = s + 1) begin
        at    = {g, s[SLOT_WIDTH-1:0]};
        front = first[at];
        if (look) begin
            if (front < update_number)
                front = (end_number[at] < update_number) ? end_number[at] : update_number;
            for (p = 0; p < PASSED; p = p + 1)
                if (front < end_number[at] && known(front, update_number, placed))
                    front = front + 64'd1;
            if (front < end_number[at] && known(front, update_number, placed))
                passes = 1'b1;
        end
        fronts[s] = front;
    end
    for (s = COMMANDS - 1; s >= 0; s = s - 1) if (look) begin
        at         = {g, s[SLOT_WIDTH-1:0]};
        front      = fronts[s];
        in_time[s] = (!busy[at] && !waiting[at]) || now - since[at] >= {16'd0, busy[at] ? limit[at] : interval};
        waits      = 1'b0;
        for (o = 0; o < COMMANDS; o = o + 1)
            if (fronts[o] < end_number[{g, o[SLOT_WIDTH-1:0]}] && fronts[o] < front)
                waits = no_journal[at];
        candidate = (front == end_number[at]) ? new_first : front;
        ahead     = candidate - update_number;
        left      = end_number[at] - front;
        if (plain)
            ready = s == 0 && (busy[at] || (goes_on && backlog_room));
        else
            ready = (s < {25'd0, commands} || front != end_number[at]) && backlog_room
                    && (front == end_number[at] || (!waits && !known(front, update_number, placed)))
                    && ahead + batch <= NUMBERS
                    && information_committed + {ahead[W-7:0], 6'd0} < information_area;
        if (ready && in_time[s]) begin
            may_send   = 1'b1;
            send_slot  = s[SLOT_WIDTH-1:0];
            send_first = plain ? 64'd0 : candidate;
            send_limit = (plain || (front != end_number[at] && left > batch)) ? {25'd0, batch_journals}
                       : (front == end_number[at])                            ? {25'd0, given} : left[31:0];
            send_end   = (front == end_number[at]) ? candidate + {57'd0, given} : end_number[at];
        end
    end
end

wire [SLOT_WIDTH+GROUP_WIDTH-1:0] sent = {g, send_slot};
assign send_again = plain && busy[sent];

/*
 * Its time-out, and that of a command that is answered
 */
wire [31:0] last_limit = limit[sent];
wire [32:0] grown    = busy[sent] ? {last_limit, 1'b0} : {1'b0, last_limit};
wire [32:0] at_least = (grown < {1'b0, timeout}) ? {1'b0, timeout} : grown;
wire [31:0] new_limit = (at_least > {1'b0, longest}) ? longest : at_least[31:0];

/*
 * The slot of an answer
 */
reg [SLOT_WIDTH-1:0] found_slot;
integer f;

always @* begin
    found      = 1'b0;
    found_slot = 0;
    for (f = COMMANDS - 1; f >= 0; f = f - 1)
        if (busy[{g, f[SLOT_WIDTH-1:0]}] && tags[{g, f[SLOT_WIDTH-1:0]}] == tag) begin
            found      = 1'b1;
            found_slot = f[SLOT_WIDTH-1:0];
        end
end

wire [SLOT_WIDTH+GROUP_WIDTH-1:0] answered = {g, found_slot};
assign found_first = asked[answered];
wire [6:0] asked_journals = asked_count[answered];
wire [47:0] took = now - since[answered];
wire       soon = !repeats[answered] && took < {18'd0, limit[answered][31:2]};
wire       all_came = taken >= {9'd0, asked_journals};

// how many times twice the bytes would have fitted
reg [2:0] doublings;
integer d;

always @* begin
    doublings = 3'd0;
    for (d = 1; d <= DOUBLINGS; d = d + 1)
        if ({6'd0, taken_bytes} << d <= {21'd0, batch_bytes})
            doublings = d[2:0];
end

wire [12:0] fitting = {6'd0, asked_journals} << doublings;
wire [12:0] most    = (fitting > {6'd0, share[g]}) ? fitting : {6'd0, share[g]};

// timers, one looked at in a cycle
reg [SLOT_WIDTH+GROUP_WIDTH-1:0] timer_reg;
wire timed = armed[timer_reg];
// the time is looked at only where a timer runs
wire [47:0] past = (timed ? cycle : 48'd0) - alarm[timer_reg];
wire rings = timed && !past[47];
integer i, n;

always @(posedge clk) begin
    timer_reg  <= timer_reg + 1'b1;
    wake       <= rings;
    wake_group <= {{16-GROUP_WIDTH{1'b0}}, timer_reg[SLOT_WIDTH +: GROUP_WIDTH]};
    if (rings)
        armed[timer_reg] <= 1'b0;

    if (look || follow) for (n = 0; n < COMMANDS; n = n + 1) begin
        if (look) begin
            first[{g, n[SLOT_WIDTH-1:0]}] <= fronts[n];
            armed[{g, n[SLOT_WIDTH-1:0]}] <= !in_time[n];
            alarm[{g, n[SLOT_WIDTH-1:0]}] <= since[{g, n[SLOT_WIDTH-1:0]}]
                                             + {16'd0, busy[{g, n[SLOT_WIDTH-1:0]}] ? limit[{g, n[SLOT_WIDTH-1:0]}] : interval};
        end
        if (follow && no_journal[{g, n[SLOT_WIDTH-1:0]}]) begin
            no_journal[{g, n[SLOT_WIDTH-1:0]}] <= 1'b0;
            waiting[{g, n[SLOT_WIDTH-1:0]}]    <= 1'b0;
        end
    end
    if (send) begin
        busy[sent]       <= 1'b1;
        since[sent]      <= cycle;
        armed[sent]      <= 1'b1;
        alarm[sent]      <= cycle + {16'd0, new_limit};
        limit[sent]      <= new_limit;
        repeats[sent]    <= busy[sent];
        waiting[sent]    <= 1'b0;
        no_journal[sent] <= 1'b0;
        asked[sent]      <= plain ? update_number : send_first;
        asked_count[sent] <= send_limit[6:0];
        if (!send_again)
            tags[sent] <= send_tag;
        if (!plain) begin
            first[sent]      <= send_first;
            end_number[sent] <= send_end;
            if (send_end > tail[g])
                tail[g] <= send_end;
        end
    end
    if (release_found) begin
        busy[answered] <= 1'b0;
        if (soon)
            limit[answered] <= limit[answered] >> 1;
    end
    if (wait_found) begin
        waiting[answered] <= 1'b1;
        since[answered]   <= cycle;
    end
    if (no_journal_found)
        no_journal[answered] <= 1'b1;
    if (learn) begin
        if (doublings == 3'd0) begin
            if (taken != 16'd0 && !all_came)
                share[g] <= taken[6:0];
        end else if (all_came)
            share[g] <= (most > {6'd0, batch_journals}) ? batch_journals : most[6:0];
    end

    if (rst || clear) for (i = 0; i < SLOTS; i = i + 1)
        if (rst || (clear && i[SLOT_WIDTH +: GROUP_WIDTH] == g)) begin
            busy[i]       <= 1'b0;
            since[i]      <= 48'd0;
            waiting[i]    <= 1'b0;
            limit[i]      <= 32'd0;
            no_journal[i] <= 1'b0;
            first[i]      <= 64'd0;
            end_number[i] <= 64'd0;
            armed[i]      <= 1'b0;
        end
    if (clear) begin
        tail[g]  <= 64'd0;
        share[g] <= 7'd1;
    end
    if (rst) begin
        timer_reg <= 0;
        wake      <= 1'b0;
        for (i = 0; i < GROUPS; i = i + 1) begin
            tail[i]  <= 64'd0;
            share[i] <= 7'd1;
        end
    end
end

endmodule

`resetall
