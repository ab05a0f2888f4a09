// A memory of write data with several readers, in banks that are read by one of them at a time.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"
`include "properties.vh"

/*
 * One beat is written in each cycle, and one is read from each bank: of the readers that ask for a beat of the bank,
 * one has its turn. Successive beats lie in successive banks, so readers that are not more than there are banks, and
 * read beat after beat, wait for each other once and then follow each other from bank to bank. One bank does for data
 * that came in at one beat a cycle at most and is read once: it leaves as fast as it came. A reader's beat comes with
 * the next edge, and holds until its next turn. A beat is not to be read in the cycle in which it is written.
 */
module turn_memory #(
    // Bits of a beat
    parameter DATA_WIDTH = 512,
    // Beats
    parameter BEATS = 4096,
    // Who reads
    parameter READERS = 2,
    // A power of two
    parameter BANKS = 1,
    parameter ADDRESS_WIDTH = $clog2(BEATS)
) (
    input  wire                             clk,
    input  wire                             rst,

    input  wire                             write_enable,
    input  wire [ADDRESS_WIDTH-1:0]         write_address,
    input  wire [DATA_WIDTH-1:0]            write_data,

    // a reader asks for a beat; it has its turn in this cycle
    input  wire [READERS-1:0]               read_valid,
    output reg  [READERS-1:0]               read_taken,
    input  wire [READERS*ADDRESS_WIDTH-1:0] read_address,
    output wire [READERS*DATA_WIDTH-1:0]    read_data
);

`ML_REQUIRE(DATA_WIDTH >= 1, parameter_error_DATA_WIDTH_must_be_at_least_1)
`ML_REQUIRE(BEATS >= 2 * BANKS, parameter_error_BEATS_must_be_at_least_two_a_bank)
`ML_REQUIRE(`ML_IN_RANGE(READERS, 1, 9), parameter_error_READERS_must_be_1_to_9)
`ML_REQUIRE(`ML_POWER_OF_TWO(BANKS, 1, 16), parameter_error_BANKS_must_be_a_power_of_two_from_1_to_16)

localparam BANK_BITS = $clog2(BANKS);
localparam ROW_WIDTH = ADDRESS_WIDTH - BANK_BITS;
localparam [ADDRESS_WIDTH-1:0] BANK_MASK = BANKS - 1;

// of each bank: whose turn it is; the beat that was read, and whose it is since the last edge
wire [BANKS*READERS-1:0]    taken, fresh;
wire [BANKS*DATA_WIDTH-1:0] read_beats;
integer i;

generate
    genvar b, n;
    for (b = 0; b < BANKS; b = b + 1) begin : bank
        // nobody reads a beat in the cycle in which it is written
        (* no_rw_check *)
        reg  [DATA_WIDTH-1:0] beats [0:BEATS/BANKS-1];
        reg  [DATA_WIDTH-1:0] beat_reg;
        reg  [READERS-1:0]    fresh_reg;
        // readers behind the one that had its turn last
        reg  [READERS-1:0]    later_reg;
        wire [READERS-1:0]    asks;
        wire [READERS*ROW_WIDTH-1:0] rows;
        wire [READERS-1:0]    later = asks & later_reg;
        wire [READERS-1:0]    among = (later != 0) ? later : asks;
        wire [READERS-1:0]    turn  = among & ~(among - 1'b1);
        reg  [ROW_WIDTH-1:0]  row;
        integer r;

        for (n = 0; n < READERS; n = n + 1) begin : asking
            wire [ADDRESS_WIDTH-1:0] address = read_address[n*ADDRESS_WIDTH +: ADDRESS_WIDTH];
            assign asks[n] = read_valid[n] && (address & BANK_MASK) == b;
            assign rows[n*ROW_WIDTH +: ROW_WIDTH] = address[BANK_BITS +: ROW_WIDTH];
        end

        assign taken[b*READERS +: READERS]            = turn;
        assign fresh[b*READERS +: READERS]            = fresh_reg;
        assign read_beats[b*DATA_WIDTH +: DATA_WIDTH] = beat_reg;

        always @* begin
            row = 0;
            for (r = 0; r < READERS; r = r + 1)
                if (turn[r])
                    row = row | rows[r*ROW_WIDTH +: ROW_WIDTH];
        end

        always @(posedge clk) begin
            if (write_enable && (write_address & BANK_MASK) == b)
                beats[write_address[BANK_BITS +: ROW_WIDTH]] <= write_data;
            if (asks != 0)
                beat_reg <= beats[row];
        end

        always @(posedge clk) begin
            fresh_reg <= turn;
            if (asks != 0)
                later_reg <= ~((turn - 1'b1) | turn);
            if (rst) begin
                fresh_reg <= 0;
                later_reg <= 0;
            end
        end

        `ifdef ML_PROPERTIES
        `ML_IN_TURN(READERS, asks, turn)
        `endif
    end

    for (n = 0; n < READERS; n = n + 1) begin : reader
        reg [DATA_WIDTH-1:0] held_reg;
        reg [DATA_WIDTH-1:0] data;
        wire [BANKS-1:0]     from;
        integer k;

        for (b = 0; b < BANKS; b = b + 1) begin : of
            assign from[b] = fresh[b*READERS + n];
        end

        always @* begin
            data = (from != 0) ? {DATA_WIDTH{1'b0}} : held_reg;
            for (k = 0; k < BANKS; k = k + 1)
                data = data | (read_beats[k*DATA_WIDTH +: DATA_WIDTH] & {DATA_WIDTH{from[k]}});
        end

        assign read_data[n*DATA_WIDTH +: DATA_WIDTH] = data;

        always @(posedge clk)
            if (from != 0)
                held_reg <= data;
    end
endgenerate

always @* begin
    read_taken = 0;
    for (i = 0; i < BANKS; i = i + 1)
        read_taken = read_taken | taken[i*READERS +: READERS];
end

`ifdef ML_PROPERTIES
/*
 * Properties (make prove; docs/proofs.md)
 */
reg                          rst_reg;
reg [READERS-1:0]            taken_reg, kept;
reg [READERS*DATA_WIDTH-1:0] shown_reg;
integer p;

// ASSUMED 0: it begins with a reset
always @(`ML_CYCLE) begin
    `ML_BEGINS_WITH(rst);
end

always @(posedge clk) begin
    rst_reg   <= rst;
    taken_reg <= read_taken;
    shown_reg <= read_data;
end

always @* begin
    for (p = 0; p < READERS; p = p + 1)
        kept[p] = taken_reg[p] || read_data[p*DATA_WIDTH +: DATA_WIDTH] == shown_reg[p*DATA_WIDTH +: DATA_WIDTH];
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: a reader's beat holds until its next turn
    `ML_HOLDS(TURNS_1, rst_reg || &kept);
    // 2: who has a turn asked for it
    `ML_HOLDS(TURNS_2, (read_taken & ~read_valid) == 0);
    // 3: somebody has one whenever somebody asks
    `ML_HOLDS(TURNS_3, read_valid == 0 || read_taken != 0);
end
`endif

endmodule

`resetall
