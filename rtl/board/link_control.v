// Messages of the link's channel control (docs/hardware.md).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Messages that come in are whole and possible. RESET, and power-on, reset all but this module for RESET_CYCLES; behind
 * that HELLO is sent. One message waits for the one before it to be in its frame, so that each has a frame of its own.
 */
module link_control #(
    // Channels in (announced, but control), and out (limited, but control), and the number of each
    parameter CHANNELS_IN  = 7,
    parameter CHANNELS_OUT = 6,
    parameter [8*CHANNELS_IN-1:0]  NUMBERS_IN  = 56'h04_09_08_03_02_01_00,
    parameter [8*CHANNELS_OUT-1:0] NUMBERS_OUT = 48'h09_08_04_02_01_00,
    // HELLO behind version and nonce
    parameter [8*43-1:0] IDENTITY = 0
) (
    input  wire                      clk,
    // power-on
    input  wire                      rst,

    input  wire [7:0]                in_data,
    input  wire                      in_valid,
    output wire                      in_ready,

    output wire [7:0]                out_data,
    output wire                      out_valid,
    output wire                      out_commit,
    // the message before is in its frame
    input  wire                      out_empty,

    output wire                      session_rst,
    output wire [47:0]               first_cycle,
    output wire [63:0]               first_time,
    output wire                      up,
    // the machine asks for the status: what waits for more is to wait no more
    output wire                      asked,

    output wire [CHANNELS_OUT-1:0]   limit_valid,
    output wire [15:0]               limit,
    input  wire [CHANNELS_IN-1:0]    announce,
    output wire [CHANNELS_IN-1:0]    announced,
    input  wire [16*CHANNELS_IN-1:0] limits,

    input  wire [47:0]               cycle,
    input  wire [15:0]               received,
    input  wire [15:0]               sent,

    input  wire                      error,
    input  wire [2:0]                error_kind,
    input  wire [7:0]                error_channel,
    input  wire [7:0]                error_number,
    input  wire [7:0]                last_channel,
    input  wire [7:0]                last_number
);

`ML_REQUIRE(`ML_IN_RANGE(CHANNELS_IN, 2, 24), parameter_error_CHANNELS_IN_must_be_2_to_24)
`ML_REQUIRE(`ML_IN_RANGE(CHANNELS_OUT, 2, 24), parameter_error_CHANNELS_OUT_must_be_2_to_24)

localparam [7:0] VERSION = 8'd2;
localparam [7:0] TYPE_RESET = 8'd1, TYPE_CREDIT = 8'd2, TYPE_STATUS = 8'd3, TYPE_ERROR = 8'd4;
localparam RESET_CYCLES = 32;
localparam [5:0] RESET_BYTES = 6'd20, CREDIT_BYTES = 6'd4, STATUS_BYTES = 6'd2;
localparam [5:0] HELLO_BYTES = 6'd49, STATUS_SENT_BYTES = 6'd19, ERROR_BYTES = 6'd6;
localparam W = $clog2(CHANNELS_IN);
localparam [31:0] LAST_IN = CHANNELS_IN - 1;
localparam [W-1:0] LAST = LAST_IN[W-1:0];

/*
 * In
 */
// the fields of a message, its last byte in the highest place
reg [8*19-1:0] fields_reg;
reg [7:0]      type_reg;
// bytes taken
reg [5:0]      count_reg;
reg            taken_reg;
reg [5:0]      reset_left_reg;
reg            up_reg, begun_reg;

wire [5:0]     bytes       = (type_reg == TYPE_RESET) ? RESET_BYTES : (type_reg == TYPE_CREDIT) ? CREDIT_BYTES
                                                                                                : STATUS_BYTES;
wire           is_last     = in_valid && in_ready && count_reg != 6'd0 && count_reg + 6'd1 == bytes;
wire           is_reset    = taken_reg && type_reg == TYPE_RESET;
wire           is_credit   = taken_reg && type_reg == TYPE_CREDIT;
wire           is_status   = taken_reg && type_reg == TYPE_STATUS;
wire [31:0]    nonce       = begun_reg ? fields_reg[39:8] : 32'd0;

assign in_ready    = !taken_reg;
assign first_cycle = fields_reg[87:40];
assign first_time  = fields_reg[151:88];
assign session_rst = reset_left_reg != 6'd0;
assign up          = up_reg;
assign asked       = is_status;
assign limit       = fields_reg[151:136];

generate
    genvar n;
    for (n = 0; n < CHANNELS_OUT; n = n + 1) begin : limited
        assign limit_valid[n] = is_credit && fields_reg[135:128] == NUMBERS_OUT[8*n +: 8];
    end
endgenerate

always @(posedge clk) begin
    taken_reg <= is_last;
    if (in_valid && in_ready) begin
        if (count_reg == 6'd0)
            type_reg <= in_data;
        else
            fields_reg <= {in_data, fields_reg[8*19-1:8]};
        count_reg <= is_last ? 6'd0 : count_reg + 6'd1;
    end
    if (session_rst)
        reset_left_reg <= reset_left_reg - 6'd1;
    if (is_reset) begin
        reset_left_reg <= RESET_CYCLES;
        up_reg         <= 1'b1;
        begun_reg      <= 1'b1;
    end else if (error)
        up_reg <= 1'b0;
    if (rst) begin
        taken_reg      <= 1'b0;
        count_reg      <= 6'd0;
        reset_left_reg <= RESET_CYCLES;
        up_reg         <= 1'b0;
        begun_reg      <= 1'b0;
    end
end

/*
 * Out: what is to be sent, and the message that is being written
 */
reg           hello_reg, status_reg, error_reg;
reg [7:0]     token_reg;
reg [55:0]    errors_reg;
reg [W-1:0]   turn_reg;
// a message of this type is written; bytes written, and of it
reg           writes_reg;
reg [7:0]     written_type_reg;
reg [5:0]     place_reg, bytes_reg;
reg [47:0]    cycle_reg;
reg [7:0]     text;

wire          is_done    = writes_reg && place_reg + 6'd1 == bytes_reg;
wire          starts     = !writes_reg && out_empty && !session_rst;
wire          has_credit = announce[turn_reg];
wire          sends_credit = starts && !hello_reg && !error_reg && !status_reg && has_credit;
wire [15:0]   turn_limit = limits[16*turn_reg +: 16];
wire [8*64-1:0] hello    = {{8*15{1'b0}}, IDENTITY, nonce, VERSION, TYPE_RESET};
wire [8*32-1:0] status   = {{8*13{1'b0}}, errors_reg, sent, received, cycle_reg, token_reg, TYPE_STATUS};
wire [8*8-1:0]  failure  = {16'd0, last_number, last_channel, error_number, error_channel, 5'd0, error_kind,
                            TYPE_ERROR};
wire [8*4-1:0]  credit   = {turn_limit, NUMBERS_IN[8*turn_reg +: 8], TYPE_CREDIT};
integer k;

assign out_data   = text;
assign out_valid  = writes_reg;
assign out_commit = is_done;

generate
    genvar m;
    for (m = 0; m < CHANNELS_IN; m = m + 1) begin : announces
        // the limit that is sent is that of the message's end or a later one
        assign announced[m] = sends_credit && turn_reg == m[W-1:0];
    end
endgenerate

always @*
    case (written_type_reg)
        TYPE_RESET:  text = hello[8*place_reg +: 8];
        TYPE_STATUS: text = status[8*place_reg[4:0] +: 8];
        TYPE_ERROR:  text = failure[8*place_reg[2:0] +: 8];
        default:     text = credit[8*place_reg[1:0] +: 8];
    endcase

always @(posedge clk) begin
    place_reg <= writes_reg ? place_reg + 6'd1 : 6'd0;
    if (is_done) begin
        writes_reg <= 1'b0;
        if (written_type_reg == TYPE_CREDIT)
            turn_reg <= (turn_reg == LAST) ? {W{1'b0}} : turn_reg + 1'b1;
    end
    if (starts) begin
        if (hello_reg) begin
            hello_reg        <= 1'b0;
            written_type_reg <= TYPE_RESET;
            bytes_reg        <= HELLO_BYTES;
            writes_reg       <= 1'b1;
        end else if (error_reg) begin
            error_reg        <= 1'b0;
            written_type_reg <= TYPE_ERROR;
            bytes_reg        <= ERROR_BYTES;
            writes_reg       <= 1'b1;
        end else if (status_reg) begin
            status_reg       <= 1'b0;
            cycle_reg        <= cycle;
            written_type_reg <= TYPE_STATUS;
            bytes_reg        <= STATUS_SENT_BYTES;
            writes_reg       <= 1'b1;
        end else if (has_credit) begin
            written_type_reg <= TYPE_CREDIT;
            bytes_reg        <= CREDIT_BYTES;
            writes_reg       <= 1'b1;
        end else
            turn_reg <= (turn_reg == LAST) ? {W{1'b0}} : turn_reg + 1'b1;
    end
    if (session_rst) begin
        hello_reg  <= 1'b1;
        status_reg <= 1'b0;
        error_reg  <= 1'b0;
        writes_reg <= 1'b0;
        turn_reg   <= 0;
    end
    if (is_status) begin
        status_reg <= 1'b1;
        token_reg  <= fields_reg[151:144];
    end
    if (error) begin
        error_reg <= 1'b1;
        for (k = 1; k < 8; k = k + 1)
            if (error_kind == k[2:0])
                errors_reg[8*(k-1) +: 8] <= errors_reg[8*(k-1) +: 8] + 8'd1;
    end
    if (rst)
        errors_reg <= 56'd0;
end

endmodule

`resetall
