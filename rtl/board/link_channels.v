// Frames and channels of the link, with their buffers and credit (docs/hardware.md).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Each channel is a stream of bytes: those in are commands, write data, register accesses, devices and path; those out
 * are trace, read data, path and devices. Of two systems the second one's are behind those of the first, and the path
 * has no channels in. Control is in here.
 */
module link_channels #(
    // Storage systems, 1 or 2
    parameter SYSTEMS = 1,
    // Storage devices, 1 to 8
    parameter DEVICES = 2,
    // Bytes of the buffer of each channel with data, a power of two, 512 to 4096
    parameter BUFFER_BYTES = 2048,
    // HELLO behind version and nonce
    parameter [8*43-1:0] IDENTITY = 0,
    // Channels in and out of each system
    parameter INS  = 3 + DEVICES + (SYSTEMS == 1),
    parameter OUTS = 3 + DEVICES
) (
    input  wire              clk,
    // power-on
    input  wire              rst,

    input  wire [7:0]        rx_data,
    input  wire              rx_valid,
    input  wire              rx_error,
    output wire [7:0]        tx_data,
    output wire              tx_valid,
    input  wire              tx_ready,
    output wire              up,

    // everything begins anew, with this cycle and time of day
    output wire              session_rst,
    output wire [47:0]       first_cycle,
    output wire [63:0]       first_time,
    input  wire [47:0]       cycle,

    output wire [SYSTEMS*8*INS-1:0]  in_data,
    output wire [SYSTEMS*INS-1:0]    in_valid,
    input  wire [SYSTEMS*INS-1:0]    in_ready,
    // a message that cannot be
    input  wire [SYSTEMS*INS-1:0]    in_bad,

    input  wire [SYSTEMS*8*OUTS-1:0] out_data,
    input  wire [SYSTEMS*OUTS-1:0]   out_valid,
    output wire [SYSTEMS*OUTS-1:0]   out_ready,
    // a system's first channel out, of which bytes wait for others, is to wait no more
    input  wire [SYSTEMS-1:0]        out_flush
);

`ML_REQUIRE_DEVICES
`ML_REQUIRE(`ML_POWER_OF_TWO(BUFFER_BYTES, 512, 4096),
            parameter_error_BUFFER_BYTES_must_be_a_power_of_two_from_512_to_4096)
`ML_REQUIRE(`ML_IN_RANGE(SYSTEMS, 1, 2), parameter_error_SYSTEMS_must_be_1_or_2)
`ML_REQUIRE(INS == 3 + DEVICES + (SYSTEMS == 1) && OUTS == 3 + DEVICES, parameter_error_INS_and_OUTS_are_not_to_be_set)

// with control, which is the first
localparam NI = SYSTEMS * INS + 1;
localparam NO = SYSTEMS * OUTS + 1;
// places among a system's
localparam COMMANDS_IN = 0, REGISTERS_IN = 2, TRACE_OUT = 0, READ_OUT = 1;
localparam [63:0] DEVICE_NUMBERS = 64'h0F_0E_0D_0C_0B_0A_09_08;
// of a system, with a path in; of the second one more
localparam [8*(4+DEVICES)-1:0] ALL_IN = {8'h04, DEVICE_NUMBERS[8*DEVICES-1:0], 24'h03_02_01};
localparam [8*INS-1:0] FIRST_IN = ALL_IN[8*INS-1:0];
localparam [8*OUTS-1:0] FIRST_OUT = {DEVICE_NUMBERS[8*DEVICES-1:0], 24'h04_02_01};
localparam [16*INS+7:0] BOTH_IN = {FIRST_IN | {INS{8'h10}}, FIRST_IN, 8'h00};
localparam [16*OUTS+7:0] BOTH_OUT = {FIRST_OUT | {OUTS{8'h10}}, FIRST_OUT, 8'h00};
localparam [8*NI-1:0] IN_NUMBERS = BOTH_IN[8*NI-1:0];
localparam [8*NO-1:0] OUT_NUMBERS = BOTH_OUT[8*NO-1:0];
// of commands, register accesses, control, and data that is read
localparam FEW_BYTES = 64;

wire [7:0]       data;
wire [NI-1:0]    write, commit, full, announce, announced, taken_valid, taken_ready;
wire [8*NI-1:0]  taken_data;
wire [16*NI-1:0] limits;
wire [NO-1:0]    request, send_ready, limit_valid, empty, fill_valid, fill_ready, fill_commit, flush;
wire [8*NO-1:0]  length, send_data, fill_data;
wire [15:0]      limit, received, sent;
wire             drop, error, asked;
wire [2:0]       error_kind;
wire [7:0]       error_channel, error_number, last_channel, last_number;

assign in_data                 = taken_data[8*NI-1:8];
assign in_valid                = taken_valid[NI-1:1];
assign taken_ready[NI-1:1]     = in_ready;
assign fill_data[8*NO-1:8]     = out_data;
assign fill_valid[NO-1:1]      = out_valid;
assign out_ready               = fill_ready[NO-1:1];
assign fill_commit[NO-1:1]     = {NO-1{1'b1}};
assign flush[0]                = 1'b1;

link_receive #(.CHANNELS(NI), .NUMBERS(IN_NUMBERS)) receive (
    .clk(clk), .rst(session_rst), .rx_data(rx_data), .rx_valid(rx_valid), .rx_error(rx_error), .up(up), .data(data),
    .write(write), .commit(commit), .drop(drop), .full(full), .bad({in_bad, 1'b0}), .frames(received), .error(error),
    .error_kind(error_kind), .error_channel(error_channel), .error_number(error_number), .last_channel(last_channel),
    .last_number(last_number)
);

link_transmit #(.CHANNELS(NO), .NUMBERS(OUT_NUMBERS)) transmit (
    .clk(clk), .rst(session_rst), .request(request), .length(length), .data(send_data), .ready(send_ready),
    .tx_data(tx_data), .tx_valid(tx_valid), .tx_ready(tx_ready), .frames(sent)
);

link_control #(
    .CHANNELS_IN(NI), .CHANNELS_OUT(NO), .NUMBERS_IN(IN_NUMBERS), .NUMBERS_OUT(OUT_NUMBERS), .IDENTITY(IDENTITY)
) control (
    .clk(clk), .rst(rst), .in_data(taken_data[7:0]), .in_valid(taken_valid[0]), .in_ready(taken_ready[0]),
    .out_data(fill_data[7:0]), .out_valid(fill_valid[0]), .out_commit(fill_commit[0]), .out_empty(empty[0]),
    .session_rst(session_rst), .first_cycle(first_cycle), .first_time(first_time), .up(up), .asked(asked),
    .limit_valid(limit_valid), .limit(limit), .announce({announce[NI-1:1], 1'b0}), .announced(announced),
    .limits(limits), .cycle(cycle), .received(received), .sent(sent), .error(error), .error_kind(error_kind),
    .error_channel(error_channel), .error_number(error_number), .last_channel(last_channel), .last_number(last_number)
);

genvar n;
generate
    for (n = 0; n < NI; n = n + 1) begin : in
        // its place among a system's; of control too large
        localparam PLACE = (n == 0) ? INS : (n - 1) % INS;

        link_channel_in #(
            .DEPTH((n == 0 || PLACE == COMMANDS_IN || PLACE == REGISTERS_IN) ? FEW_BYTES : BUFFER_BYTES)
        ) channel (
            .clk(clk), .rst(session_rst), .in_data(data), .in_valid(write[n]), .in_commit(commit[n]), .in_drop(drop),
            .full(full[n]), .out_data(taken_data[8*n +: 8]), .out_valid(taken_valid[n]), .out_ready(taken_ready[n]),
            .announce(announce[n]), .announced(announced[n]), .limit(limits[16*n +: 16])
        );
    end

    // records wait for others, so that several are in a frame
    for (n = 0; n < NO; n = n + 1) begin : out
        localparam PLACE = (n == 0) ? OUTS : (n - 1) % OUTS;

        if (n != 0) begin : of_system
            assign flush[n] = PLACE == TRACE_OUT && (out_flush[(n - 1) / OUTS] || asked);
        end

        link_channel_out #(
            .DEPTH((n == 0 || PLACE == READ_OUT) ? FEW_BYTES : BUFFER_BYTES),
            .HOLD_BITS((PLACE == TRACE_OUT) ? 11 : 5), .LIMITED(n != 0)
        ) channel (
            .clk(clk), .rst(session_rst), .in_data(fill_data[8*n +: 8]), .in_valid(fill_valid[n]),
            .in_ready(fill_ready[n]), .in_commit(fill_commit[n]), .flush(flush[n]), .empty(empty[n]),
            .limit_valid(limit_valid[n]), .limit(limit),
            .request(request[n]), .length(length[8*n +: 8]), .out_data(send_data[8*n +: 8]), .out_valid(),
            .out_ready(send_ready[n])
        );
    end
endgenerate

// verilator lint_off UNUSEDSIGNAL
wire unused = &{1'b0, announce[0], limit_valid[0], empty[NO-1:1], fill_ready[0]};
// verilator lint_on UNUSEDSIGNAL

endmodule

`resetall
