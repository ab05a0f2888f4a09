// Frames and channels of the link, with their buffers and credit (docs/hardware.md).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Each channel is a stream of bytes: those in are commands, write data, register accesses, path and devices; those out
 * are trace, read data, path and devices. Control is in here.
 */
module link_channels #(
    // Storage devices, 1 to 8
    parameter DEVICES = 2,
    // Bytes of the buffer of each channel with data, a power of two, 512 to 4096
    parameter BUFFER_BYTES = 2048,
    // HELLO behind version and nonce
    parameter [8*38-1:0] IDENTITY = 0,
    // Channels in and out without control
    parameter INS  = 4 + DEVICES,
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

    output wire [8*INS-1:0]  in_data,
    output wire [INS-1:0]    in_valid,
    input  wire [INS-1:0]    in_ready,
    // a message that cannot be
    input  wire [INS-1:0]    in_bad,

    input  wire [8*OUTS-1:0] out_data,
    input  wire [OUTS-1:0]   out_valid,
    output wire [OUTS-1:0]   out_ready,
    // the first channel out, of which bytes wait for others, is to wait no more
    input  wire              out_flush
);

`ML_REQUIRE_DEVICES
`ML_REQUIRE(`ML_POWER_OF_TWO(BUFFER_BYTES, 512, 4096),
            parameter_error_BUFFER_BYTES_must_be_a_power_of_two_from_512_to_4096)
`ML_REQUIRE(INS == 4 + DEVICES && OUTS == 3 + DEVICES, parameter_error_INS_and_OUTS_are_not_to_be_set)

// with control, which is the first
localparam NI = INS + 1;
localparam NO = OUTS + 1;
localparam COMMANDS_IN = 1, REGISTERS_IN = 3, TRACE_OUT = 1, READ_OUT = 2;
localparam [8*5+63:0] IN_NUMBERS = 104'h0F_0E_0D_0C_0B_0A_09_08_04_03_02_01_00;
localparam [8*4+63:0] OUT_NUMBERS = 96'h0F_0E_0D_0C_0B_0A_09_08_04_02_01_00;
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
assign fill_commit[NO-1:1]     = {OUTS{1'b1}};
assign flush                   = {{NO-2{1'b0}}, out_flush || asked, 1'b1};

link_receive #(.DEVICES(DEVICES)) receive (
    .clk(clk), .rst(session_rst), .rx_data(rx_data), .rx_valid(rx_valid), .rx_error(rx_error), .up(up), .data(data),
    .write(write), .commit(commit), .drop(drop), .full(full), .bad({in_bad, 1'b0}), .frames(received), .error(error),
    .error_kind(error_kind), .error_channel(error_channel), .error_number(error_number), .last_channel(last_channel),
    .last_number(last_number)
);

link_transmit #(.CHANNELS(NO), .NUMBERS(OUT_NUMBERS[8*NO-1:0])) transmit (
    .clk(clk), .rst(session_rst), .request(request), .length(length), .data(send_data), .ready(send_ready),
    .tx_data(tx_data), .tx_valid(tx_valid), .tx_ready(tx_ready), .frames(sent)
);

link_control #(
    .CHANNELS_IN(NI), .CHANNELS_OUT(NO), .NUMBERS_IN(IN_NUMBERS[8*NI-1:0]), .NUMBERS_OUT(OUT_NUMBERS[8*NO-1:0]),
    .IDENTITY(IDENTITY)
) control (
    .clk(clk), .rst(rst), .in_data(taken_data[7:0]), .in_valid(taken_valid[0]), .in_ready(taken_ready[0]),
    .out_data(fill_data[7:0]), .out_valid(fill_valid[0]), .out_commit(fill_commit[0]), .out_empty(empty[0]),
    .session_rst(session_rst), .first_cycle(first_cycle), .first_time(first_time), .up(up), .asked(asked),
    .limit_valid(limit_valid), .limit(limit), .announce({announce[NI-1:1], 1'b0}), .announced(announced), .limits(limits), .cycle(cycle),
    .received(received), .sent(sent), .error(error), .error_kind(error_kind), .error_channel(error_channel),
    .error_number(error_number), .last_channel(last_channel), .last_number(last_number)
);

genvar n;
generate
    for (n = 0; n < NI; n = n + 1) begin : in
        link_channel_in #(
            .DEPTH((n == 0 || n == COMMANDS_IN || n == REGISTERS_IN) ? FEW_BYTES : BUFFER_BYTES)
        ) channel (
            .clk(clk), .rst(session_rst), .in_data(data), .in_valid(write[n]), .in_commit(commit[n]), .in_drop(drop),
            .full(full[n]), .out_data(taken_data[8*n +: 8]), .out_valid(taken_valid[n]), .out_ready(taken_ready[n]),
            .announce(announce[n]), .announced(announced[n]), .limit(limits[16*n +: 16])
        );
    end

    // records wait for others, so that several are in a frame
    for (n = 0; n < NO; n = n + 1) begin : out
        link_channel_out #(
            .DEPTH((n == 0 || n == READ_OUT) ? FEW_BYTES : BUFFER_BYTES),
            .HOLD_BITS((n == TRACE_OUT) ? 11 : 5), .LIMITED(n != 0)
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
