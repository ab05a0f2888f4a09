// CRC of what restore reads from storage devices: journals' write data and update information.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "update_information.vh"
`include "parameters.vh"

/*
 * Sees the beats of restore's reads, one a cycle, each with its slot; those of a slot come in their order, in one read
 * or two, mixed with those of others. One cycle behind the end of each read of write data the CRC of what a slot has is
 * known; one cycle behind the last beat of an update information, whether it is right.
 */
module data_check #(
    parameter DATA_WIDTH = 512,
    // Bits of the number of a slot for write data; of a buffer for update information
    parameter SLOT_WIDTH = 4,
    parameter BUFFER_WIDTH = 3,
    // Bits of the place of a beat of update information in its buffer
    parameter PLACE_WIDTH = 4
) (
    input  wire                    clk,
    input  wire                    rst,

    // the next beat of this slot begins a journal's data
    input  wire                    begins,
    input  wire [SLOT_WIDTH-1:0]   begins_slot,

    // a beat of write data, of update information; the write data's read ends
    input  wire                    data_beat,
    input  wire [SLOT_WIDTH-1:0]   slot,
    input  wire                    entry_beat,
    input  wire [BUFFER_WIDTH-1:0] buffer,
    input  wire [PLACE_WIDTH-1:0]  place,
    input  wire [DATA_WIDTH-1:0]   data,
    input  wire                    done,
    input  wire                    done_failed,

    // one cycle later: a read has ended, and the CRC of its journal's data so far
    output reg                     checked,
    output wire [SLOT_WIDTH-1:0]   checked_slot,
    output reg                     checked_failed,
    output wire [31:0]             crc,
    // two cycles later: an update information has ended; all of it is what its CRC covers
    output reg                     entry_checked,
    output reg  [BUFFER_WIDTH-1:0] entry_buffer,
    output reg  [3:0]              entry_index,
    output wire                    entry_right
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE(`ML_IN_RANGE(SLOT_WIDTH, 1, 5), parameter_error_SLOT_WIDTH_must_be_1_to_5)
`ML_REQUIRE(`ML_IN_RANGE(BUFFER_WIDTH, 2, 4), parameter_error_BUFFER_WIDTH_must_be_2_to_4)
`ML_REQUIRE(`ML_IN_RANGE(PLACE_WIDTH, 4, 7), parameter_error_PLACE_WIDTH_must_be_4_to_7)

localparam [(1<<SLOT_WIDTH)-1:0] ONE = 1;
localparam PARTS = `UPDATE_INFORMATION_BITS / DATA_WIDTH;
// of update information with the CRC of the rest in its last four bytes
localparam [31:0] RESIDUE = 32'hDEBB20E3;
// slots for write data, then buffers for update information
localparam ROW_WIDTH = 1 + ((SLOT_WIDTH > BUFFER_WIDTH) ? SLOT_WIDTH : BUFFER_WIDTH);
localparam LAST = PARTS - 1;
localparam [PLACE_WIDTH-1:0] LAST_PART = LAST[PLACE_WIDTH-1:0];

reg                        data_beat_reg, entry_beat_reg;
reg [DATA_WIDTH-1:0]       data_reg;
reg [ROW_WIDTH-1:0]        row_reg;
reg [PLACE_WIDTH-1:0]      place_reg;
reg [(1<<SLOT_WIDTH)-1:0]  fresh_reg;
(* ram_style = "distributed" *)
reg [31:0]                 states [0:(1<<ROW_WIDTH)-1];
wire [31:0]                state_next;
reg  [31:0]                entry_crc_reg;
wire [PLACE_WIDTH-1:0]     part  = place_reg & LAST_PART;
wire                       fresh = entry_beat_reg ? part == 0 : fresh_reg[checked_slot];
wire [31:0]                state = fresh ? 32'hFFFFFFFF : states[row_reg];

crc32 #(.DATA_WIDTH(DATA_WIDTH)) data_crc (.data(data_reg), .state(state), .state_next(state_next));

assign crc           = ~state_next;
assign checked_slot  = row_reg[SLOT_WIDTH-1:0];
assign entry_right   = entry_crc_reg == RESIDUE;

always @(posedge clk) begin
    data_beat_reg  <= data_beat && !rst;
    entry_beat_reg <= entry_beat && !rst;
    checked        <= done && !rst;
    entry_checked  <= entry_beat_reg && part == LAST_PART && !rst;
    entry_buffer   <= row_reg[BUFFER_WIDTH-1:0];
    entry_index    <= place_reg[PLACE_WIDTH-1 -: 4];
    entry_crc_reg  <= state_next;
    fresh_reg      <= (fresh_reg & ~(data_beat_reg ? ONE << checked_slot : {1<<SLOT_WIDTH{1'b0}}))
                      | (begins ? ONE << begins_slot : {1<<SLOT_WIDTH{1'b0}});
    if (data_beat || entry_beat) begin
        data_reg       <= data;
        row_reg        <= entry_beat ? {1'b1, {ROW_WIDTH-1-BUFFER_WIDTH{1'b0}}, buffer}
                                     : {1'b0, {ROW_WIDTH-1-SLOT_WIDTH{1'b0}}, slot};
        place_reg      <= place;
        checked_failed <= done_failed;
    end
    if (data_beat_reg || entry_beat_reg)
        states[row_reg] <= state_next;
end

endmodule

`resetall
