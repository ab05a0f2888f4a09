// Frames from the machine (docs/hardware.md), and what is wrong with them.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Takes a byte in every cycle. Payloads go to their channel as they come and count when the CRC was right. When the
 * link is down, only the message RESET is taken, and what is no frame is skipped.
 */
module link_receive #(
    // Channels, of which the first is control, and the number of each
    parameter CHANNELS = 7,
    parameter [8*CHANNELS-1:0] NUMBERS = 56'h04_09_08_03_02_01_00
) (
    input  wire                clk,
    input  wire                rst,

    input  wire [7:0]          rx_data,
    input  wire                rx_valid,
    // a byte without a stop bit
    input  wire                rx_error,

    input  wire                up,

    output wire [7:0]          data,
    output wire [CHANNELS-1:0] write,
    output wire [CHANNELS-1:0] commit,
    output wire                drop,
    // there is no room for a byte of this channel; it brought a message that cannot be
    input  wire [CHANNELS-1:0] full,
    input  wire [CHANNELS-1:0] bad,

    // frames taken
    output wire [15:0]         frames,

    // an error, in one cycle; what it is stays
    output wire                error,
    output wire [2:0]          error_kind,
    output wire [7:0]          error_channel,
    output wire [7:0]          error_number,
    output wire [7:0]          last_channel,
    output wire [7:0]          last_number
);

`ML_REQUIRE(`ML_IN_RANGE(CHANNELS, 2, 24), parameter_error_CHANNELS_must_be_2_to_24)

localparam [7:0]  START_BYTE = 8'hA5;
// of channel, number, length, payload and their CRC
localparam [31:0] RESIDUE = 32'hDEBB20E3;
localparam [7:0]  TYPE_RESET = 8'd1, TYPE_CREDIT = 8'd2, TYPE_STATUS = 8'd3;
localparam [7:0]  RESET_BYTES = 8'd20, CREDIT_BYTES = 8'd4, STATUS_BYTES = 8'd2;
localparam [2:0]
    START   = 3'd0,
    CHANNEL = 3'd1,
    NUMBER  = 3'd2,
    LENGTH  = 3'd3,
    PAYLOAD = 3'd4,
    CRC     = 3'd5;
localparam [2:0]
    KIND_LINE    = 3'd1,
    KIND_START   = 3'd2,
    KIND_CRC     = 3'd3,
    KIND_NUMBER  = 3'd4,
    KIND_CHANNEL = 3'd5,
    KIND_ROOM    = 3'd6,
    KIND_MESSAGE = 3'd7;

reg [2:0]          state_reg;
reg [7:0]          channel_reg, number_reg, length_reg, left_reg;
reg [CHANNELS-1:0] select_reg;
reg [31:0]         crc_reg;
// first byte of the payload; a byte found no room
reg [7:0]          type_reg;
reg                first_reg, over_reg;
// the frame's last byte came in the last cycle
reg                whole_reg;
reg [15:0]         frames_reg;
reg                error_reg;
reg [2:0]          kind_reg;
reg [7:0]          error_channel_reg, error_number_reg, last_channel_reg, last_number_reg;
reg                bad_reg;
reg [7:0]          bad_channel_reg, bad_channel;
integer            n, k;

wire [31:0] crc_with_byte;
wire [7:0]  expected = frames_reg[7:0];
wire        right    = crc_reg == RESIDUE;
wire        control  = select_reg[0];
wire        resets   = control && type_reg == TYPE_RESET && length_reg == RESET_BYTES;
wire        possible = length_reg != 8'd0
    && (!control || (type_reg == TYPE_CREDIT && length_reg == CREDIT_BYTES)
        || (type_reg == TYPE_STATUS && length_reg == STATUS_BYTES));
wire        good     = up ? right && select_reg != 0 && number_reg == expected && !over_reg && possible
                          : right && resets && number_reg == 8'd0;
wire        no_start = rx_valid && state_reg == START && rx_data != START_BYTE;
wire        damaged  = whole_reg && !good;
wire        wrong    = up && !error_reg && (rx_error || bad_reg || damaged || no_start);

assign data          = rx_data;
// down, nothing but control is written; RESET is told from what is dropped
assign write         = (rx_valid && state_reg == PAYLOAD) ? select_reg & {{CHANNELS-1{up}}, 1'b1} : {CHANNELS{1'b0}};
assign commit        = (whole_reg && good && !error_reg) ? select_reg : {CHANNELS{1'b0}};
assign drop          = damaged || error_reg;
assign frames        = frames_reg;
assign error         = error_reg;
assign error_kind    = kind_reg;
assign error_channel = error_channel_reg;
assign error_number  = error_number_reg;
assign last_channel  = last_channel_reg;
assign last_number   = last_number_reg;

crc32 #(.DATA_WIDTH(8)) crc (.data(rx_data), .state(crc_reg), .state_next(crc_with_byte));

always @* begin
    bad_channel = 8'd0;
    for (n = 0; n < CHANNELS; n = n + 1)
        if (bad[n])
            bad_channel = bad_channel | NUMBERS[8*n +: 8];
end

always @(posedge clk) begin
    bad_reg <= bad != 0;
    if (bad != 0)
        bad_channel_reg <= bad_channel;
end

always @(posedge clk) begin
    whole_reg <= 1'b0;
    if (rx_valid) begin
        crc_reg <= crc_with_byte;
        case (state_reg)
            START: begin
                crc_reg <= 32'hFFFFFFFF;
                if (rx_data == START_BYTE)
                    state_reg <= CHANNEL;
            end
            CHANNEL: begin
                channel_reg <= rx_data;
                for (k = 0; k < CHANNELS; k = k + 1)
                    select_reg[k] <= rx_data == NUMBERS[8*k +: 8];
                state_reg <= NUMBER;
            end
            NUMBER: begin
                number_reg <= rx_data;
                state_reg  <= LENGTH;
            end
            LENGTH: begin
                length_reg <= rx_data;
                left_reg   <= (rx_data == 8'd0) ? 8'd4 : rx_data;
                first_reg  <= 1'b1;
                over_reg   <= 1'b0;
                state_reg  <= (rx_data == 8'd0) ? CRC : PAYLOAD;
            end
            PAYLOAD: begin
                left_reg  <= (left_reg == 8'd1) ? 8'd4 : left_reg - 8'd1;
                first_reg <= 1'b0;
                if (first_reg)
                    type_reg <= rx_data;
                if ((select_reg & full) != 0)
                    over_reg <= 1'b1;
                if (left_reg == 8'd1)
                    state_reg <= CRC;
            end
            default: begin
                left_reg <= left_reg - 8'd1;
                if (left_reg == 8'd1) begin
                    state_reg <= START;
                    whole_reg <= 1'b1;
                end
            end
        endcase
    end
    if (whole_reg && good && up) begin
        frames_reg       <= frames_reg + 16'd1;
        last_channel_reg <= channel_reg;
        last_number_reg  <= number_reg;
    end
    error_reg <= wrong;
    if (wrong) begin
        kind_reg <= rx_error ? KIND_LINE : bad_reg ? KIND_MESSAGE : !damaged ? KIND_START
                    : !right ? KIND_CRC : (select_reg == 0) ? KIND_CHANNEL : (number_reg != expected) ? KIND_NUMBER
                    : over_reg ? KIND_ROOM : KIND_MESSAGE;
        error_channel_reg <= bad_reg ? bad_channel_reg : (damaged || state_reg > CHANNEL) ? channel_reg : 8'hFF;
        // right behind a frame that was right, the next one is expected
        error_number_reg  <= (damaged || state_reg > NUMBER) ? number_reg : expected + {7'd0, whole_reg};
        state_reg         <= START;
        whole_reg         <= 1'b0;
    end
    if (rst) begin
        state_reg        <= START;
        whole_reg        <= 1'b0;
        // the first frame was RESET
        frames_reg       <= 16'd1;
        last_channel_reg <= 8'd0;
        last_number_reg  <= 8'd0;
        error_reg        <= 1'b0;
        kind_reg         <= 3'd0;
        select_reg       <= 0;
    end
end

endmodule

`resetall
