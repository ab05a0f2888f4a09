// Journal read commands that wait, a queue a group.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"
`include "properties.vh"

/*
 * One memory holds all queues. A group whose queue is full takes no more: its commands are lost, no other group's are.
 * A command goes in and out word by word, so that the memory is as deep as block RAMs are; it has no room for the next
 * one until its words are in, which take less time than a command's packet.
 */
module command_queues #(
    parameter GROUPS = 4,
    // Commands of a group that wait, a power of two
    parameter DEPTH = 16,
    // Bits of a command, of a word
    parameter WIDTH = 384,
    parameter WORD_WIDTH = 64,
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1
) (
    input  wire                   clk,
    input  wire                   rst,

    input  wire                   in_valid,
    input  wire [GROUP_WIDTH-1:0] in_group,
    input  wire [WIDTH-1:0]       in_data,
    // its group has room; the words of one go in
    output wire                   in_ready,
    output wire                   entering,

    // groups with a command that waits; their oldest ones are done with
    output wire [GROUPS-1:0]      out_valid,
    input  wire [GROUPS-1:0]      out_taken,
    // the oldest command of a group is looked up until it is here: from the next cycle on
    input  wire                   lookup,
    input  wire [GROUP_WIDTH-1:0] lookup_group,
    output wire                   out_here,
    output wire [WIDTH-1:0]       out_data
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE(`ML_POWER_OF_TWO(DEPTH, 2, 256), parameter_error_DEPTH_must_be_a_power_of_two_from_2_to_256)
`ML_REQUIRE(WIDTH >= 1, parameter_error_WIDTH_must_be_at_least_1)
`ML_REQUIRE(WORD_WIDTH >= 1, parameter_error_WORD_WIDTH_must_be_at_least_1)

localparam INDEX_WIDTH = $clog2(DEPTH);
localparam COUNT_WIDTH = INDEX_WIDTH + 1;
localparam ROW_WIDTH = GROUP_WIDTH + INDEX_WIDTH;
localparam WORDS = (WIDTH + WORD_WIDTH - 1) / WORD_WIDTH;

// of each group; one bit more than the index tells full from empty
reg  [GROUPS*COUNT_WIDTH-1:0] newest_reg, oldest_reg;
wire [GROUPS-1:0] full;

wire [COUNT_WIDTH-1:0] in_place  = newest_reg[in_group*COUNT_WIDTH +: COUNT_WIDTH];
wire [COUNT_WIDTH-1:0] out_place = oldest_reg[lookup_group*COUNT_WIDTH +: COUNT_WIDTH];
wire enters = in_valid && in_ready;
wire [ROW_WIDTH-1:0] out_row = {lookup_group, out_place[INDEX_WIDTH-1:0]};
// all of a command is in the memory
wire                   entered;
wire [GROUP_WIDTH-1:0] entered_group;

assign in_ready = !full[in_group] && !entering;

generate
    genvar n;
    for (n = 0; n < GROUPS; n = n + 1) begin : group
        wire [COUNT_WIDTH-1:0] count = newest_reg[n*COUNT_WIDTH +: COUNT_WIDTH]
                                       - oldest_reg[n*COUNT_WIDTH +: COUNT_WIDTH];

        assign full[n]      = count[INDEX_WIDTH];
        assign out_valid[n] = count != 0;
    end

    if (WORDS == 1) begin : whole
        // no command is looked up in the cycle in which it comes
        (* no_rw_check *)
        reg [WIDTH-1:0] entries [0:(1 << ROW_WIDTH)-1];
        reg [WIDTH-1:0] entry_reg;

        assign entering      = 1'b0;
        assign entered       = enters;
        assign entered_group = in_group;
        assign out_here      = 1'b1;
        assign out_data      = entry_reg;

        always @(posedge clk) begin
            if (enters)
                entries[{in_group, in_place[INDEX_WIDTH-1:0]}] <= in_data;
            if (lookup)
                entry_reg <= entries[out_row];
        end
    end else begin : by_words
        localparam LAST = WORDS - 1;
        localparam COUNTER_WIDTH = $clog2(WORDS);
        localparam [COUNTER_WIDTH-1:0] LAST_WORD = LAST[COUNTER_WIDTH-1:0];

        (* no_rw_check *)
        reg [WORD_WIDTH-1:0]       entries [0:(1 << (ROW_WIDTH + COUNTER_WIDTH))-1];
        // the command that comes, and its row
        reg                        entering_reg;
        reg [WIDTH-1:0]            in_reg;
        reg [ROW_WIDTH-1:0]        in_row_reg;
        reg [COUNTER_WIDTH-1:0]    in_word_reg, out_word_reg;
        // the word that was read, and those before it
        reg                        read_reg;
        reg [COUNTER_WIDTH-1:0]    read_word_reg;
        reg [WORD_WIDTH-1:0]       word_reg;
        reg [LAST*WORD_WIDTH-1:0]  words_reg;
        integer                    word;
        wire [WIDTH+WORD_WIDTH-1:0] in_words  = {{WORD_WIDTH{1'b0}}, in_reg};
        wire [WORDS*WORD_WIDTH-1:0] out_words = {word_reg, words_reg};

        assign entering      = entering_reg;
        assign entered       = entering_reg && in_word_reg == LAST_WORD;
        assign entered_group = in_row_reg[INDEX_WIDTH +: GROUP_WIDTH];
        assign out_here      = out_word_reg == LAST_WORD;
        assign out_data      = out_words[WIDTH-1:0];

        always @(posedge clk) begin
            if (enters) begin
                in_reg     <= in_data;
                in_row_reg <= {in_group, in_place[INDEX_WIDTH-1:0]};
            end
            if (entering_reg)
                entries[{in_row_reg, in_word_reg}] <= in_words[in_word_reg*WORD_WIDTH +: WORD_WIDTH];
            if (lookup)
                word_reg <= entries[{out_row, out_word_reg}];
            for (word = 0; word < LAST; word = word + 1)
                if (read_reg && read_word_reg == word[COUNTER_WIDTH-1:0])
                    words_reg[word*WORD_WIDTH +: WORD_WIDTH] <= word_reg;
        end

        always @(posedge clk) begin
            entering_reg  <= enters || (entering_reg && !entered);
            in_word_reg   <= enters ? {COUNTER_WIDTH{1'b0}} : in_word_reg + 1'b1;
            read_reg      <= lookup;
            read_word_reg <= out_word_reg;
            out_word_reg  <= (lookup && !out_here) ? out_word_reg + 1'b1 : {COUNTER_WIDTH{1'b0}};
            if (rst) begin
                entering_reg <= 1'b0;
                read_reg     <= 1'b0;
                out_word_reg <= 0;
            end
        end
    end
endgenerate

integer i;

always @(posedge clk) if (rst || entered || out_taken != 0) begin
    if (entered)
        newest_reg[entered_group*COUNT_WIDTH +: COUNT_WIDTH]
            <= newest_reg[entered_group*COUNT_WIDTH +: COUNT_WIDTH] + 1'b1;
    for (i = 0; i < GROUPS; i = i + 1)
        if (out_taken[i])
            oldest_reg[i*COUNT_WIDTH +: COUNT_WIDTH] <= oldest_reg[i*COUNT_WIDTH +: COUNT_WIDTH] + 1'b1;
    if (rst) begin
        newest_reg <= 0;
        oldest_reg <= 0;
    end
end

`ifdef ML_PROPERTIES
/*
 * Properties (make prove; docs/proofs.md). One group, any of them, is watched.
 */
`ML_ANY_CONSTANT wire [GROUP_WIDTH-1:0] watched `ML_ONE_OF(GROUPS);
wire [COUNT_WIDTH-1:0] watched_count = newest_reg[watched*COUNT_WIDTH +: COUNT_WIDTH]
                                       - oldest_reg[watched*COUNT_WIDTH +: COUNT_WIDTH];
// commands that came in, but for those that were done with
reg  [COUNT_WIDTH-1:0] waiting_reg;

always @(`ML_CYCLE) begin
    // ASSUMED 0: it begins with a reset
    `ML_BEGINS_WITH(rst);
    // ASSUMED 1: what is done with is there
    `ML_ASSUMED((out_taken & ~out_valid) == 0);
    `ML_ASSUMED(watched < GROUPS && (!in_valid || in_group < GROUPS));
end

always @(posedge clk) begin
    waiting_reg <= waiting_reg + (entered && entered_group == watched) - out_taken[watched];
    if (rst)
        waiting_reg <= 0;
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: the pointers are as far apart as there are commands, and never more than there are places
    `ML_HOLDS(QUEUES_1, watched_count == waiting_reg && waiting_reg <= DEPTH);
    // 2: one that comes in has its place until it is there
    `ML_HOLDS(QUEUES_2, !entering || entered_group != watched || waiting_reg < DEPTH);
    // 3: it is taken if its group has one, whatever other groups have, and only then
    `ML_HOLDS(QUEUES_3, !in_valid || in_group != watched || enters == (!entering && waiting_reg != DEPTH));
    // 4: a group has a command when one waits
    `ML_HOLDS(QUEUES_4, out_valid[watched] == (waiting_reg != 0));
end
`endif

endmodule

`resetall
