// CRC of journals' write data as it comes from storage devices.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Sees the beats of one reader's reads, one a cycle, each with its slot; those of a slot come in their order, in one read or two. The CRC
 * of what a slot has is known one cycle behind the end of each read.
 */
module data_check #(
    parameter DATA_WIDTH = 512,
    // Slots of the reader
    parameter SLOT_WIDTH = 4
) (
    input  wire                  clk,
    input  wire                  rst,

    // the next beat of this slot begins a journal's data
    input  wire                  begins,
    input  wire [SLOT_WIDTH-1:0] begins_slot,

    // a beat; it ends a read
    input  wire                  beat,
    input  wire [SLOT_WIDTH-1:0] slot,
    input  wire [DATA_WIDTH-1:0] data,
    input  wire                  done,
    input  wire                  done_failed,

    // one cycle later: a read has ended, and the CRC of its journal's data so far
    output reg                   checked,
    output reg  [SLOT_WIDTH-1:0] checked_slot,
    output reg                   checked_failed,
    output wire [31:0]           crc
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE(`ML_IN_RANGE(SLOT_WIDTH, 1, 5), parameter_error_SLOT_WIDTH_must_be_1_to_5)

localparam [(1<<SLOT_WIDTH)-1:0] ONE = 1;

reg                        beat_reg;
reg [DATA_WIDTH-1:0]       data_reg;
reg [(1<<SLOT_WIDTH)-1:0]  fresh_reg;
reg [31:0]                 states [0:(1<<SLOT_WIDTH)-1];
wire [31:0]                state_next;
wire [31:0]                state = fresh_reg[checked_slot] ? 32'hFFFFFFFF : states[checked_slot];

crc32 #(.DATA_WIDTH(DATA_WIDTH)) data_crc (.data(data_reg), .state(state), .state_next(state_next));

assign crc = ~state_next;

always @(posedge clk) begin
    beat_reg  <= beat && !rst;
    checked   <= done && !rst;
    fresh_reg <= (fresh_reg & ~(beat_reg ? ONE << checked_slot : {1<<SLOT_WIDTH{1'b0}}))
                 | (begins ? ONE << begins_slot : {1<<SLOT_WIDTH{1'b0}});
    if (beat) begin
        data_reg       <= data;
        checked_slot   <= slot;
        checked_failed <= done_failed;
    end
    if (beat_reg)
        states[checked_slot] <= state_next;
end

endmodule

`resetall
