// Frames to the machine (docs/hardware.md).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * The channels are asked in turn; one that wants a frame gets one, of the bytes that it has said.
 */
module link_transmit #(
    // Channels that send
    parameter CHANNELS = 6,
    // The number of each
    parameter [8*CHANNELS-1:0] NUMBERS = 48'h09_08_04_02_01_00
) (
    input  wire                  clk,
    input  wire                  rst,

    // a channel's bytes behind a frame's length are there without a pause
    input  wire [CHANNELS-1:0]   request,
    input  wire [8*CHANNELS-1:0] length,
    input  wire [8*CHANNELS-1:0] data,
    output wire [CHANNELS-1:0]   ready,

    output wire [7:0]            tx_data,
    output wire                  tx_valid,
    input  wire                  tx_ready,

    // frames sent
    output wire [15:0]           frames
);

`ML_REQUIRE(`ML_IN_RANGE(CHANNELS, 2, 24), parameter_error_CHANNELS_must_be_2_to_24)

localparam [7:0] START_BYTE = 8'hA5;
localparam [2:0]
    PICK    = 3'd0,
    START   = 3'd1,
    CHANNEL = 3'd2,
    NUMBER  = 3'd3,
    LENGTH  = 3'd4,
    PAYLOAD = 3'd5,
    CRC     = 3'd6;
localparam W = $clog2(CHANNELS);
localparam [31:0] LAST_OUT = CHANNELS - 1;
localparam [W-1:0] LAST = LAST_OUT[W-1:0];

reg [2:0]          state_reg, state_next;
reg [W-1:0]        turn_reg, turn_next;
reg [7:0]          left_reg, left_next;
reg [7:0]          length_reg, length_next;
reg [31:0]         crc_reg, crc_next;
reg [15:0]         frames_reg, frames_next;
reg [7:0]          byte_reg, byte_next;
reg                valid_reg, valid_next;
reg [CHANNELS-1:0] ready_next;

wire        advance = !valid_reg || tx_ready;
// of the channel whose turn it is
wire        asks    = request[turn_reg];
wire [7:0]  payload = data[8*turn_reg +: 8];
wire [31:0] crc_with_byte;

assign tx_data  = byte_reg;
assign tx_valid = valid_reg;
assign ready    = ready_next;
assign frames   = frames_reg;

crc32 #(.DATA_WIDTH(8)) crc (.data(byte_next), .state(crc_reg), .state_next(crc_with_byte));

always @* begin
    state_next  = state_reg;
    turn_next   = turn_reg;
    left_next   = left_reg;
    length_next = length_reg;
    frames_next = frames_reg;
    byte_next   = 8'd0;
    valid_next  = state_reg != PICK;
    ready_next  = 0;
    case (state_reg)
        PICK:
            if (asks) begin
                length_next = length[8*turn_reg +: 8];
                state_next  = START;
            end else
                turn_next = (turn_reg == LAST) ? {W{1'b0}} : turn_reg + 1'b1;
        START: begin
            byte_next  = START_BYTE;
            state_next = CHANNEL;
        end
        CHANNEL: begin
            byte_next  = NUMBERS[8*turn_reg +: 8];
            state_next = NUMBER;
        end
        NUMBER: begin
            byte_next  = frames_reg[7:0];
            state_next = LENGTH;
        end
        LENGTH: begin
            byte_next  = length_reg;
            left_next  = length_reg;
            state_next = PAYLOAD;
        end
        PAYLOAD: begin
            byte_next            = payload;
            left_next            = left_reg - 8'd1;
            ready_next[turn_reg] = advance;
            if (left_reg == 8'd1) begin
                left_next  = 8'd4;
                state_next = CRC;
            end
        end
        default: begin
            byte_next = ~crc_reg[7:0];
            left_next = left_reg - 8'd1;
            if (left_reg == 8'd1) begin
                frames_next = frames_reg + 16'd1;
                turn_next   = (turn_reg == LAST) ? {W{1'b0}} : turn_reg + 1'b1;
                state_next  = PICK;
            end
        end
    endcase
    crc_next = (state_reg == START) ? 32'hFFFFFFFF : (state_reg == CRC) ? {8'd0, crc_reg[31:8]} : crc_with_byte;
end

always @(posedge clk) if (advance || rst) begin
    state_reg  <= state_next;
    turn_reg   <= turn_next;
    left_reg   <= left_next;
    length_reg <= length_next;
    crc_reg    <= crc_next;
    frames_reg <= frames_next;
    byte_reg   <= byte_next;
    valid_reg  <= valid_next;
    if (rst) begin
        state_reg  <= PICK;
        turn_reg   <= 0;
        frames_reg <= 16'd0;
        valid_reg  <= 1'b0;
    end
end

endmodule

`resetall
