// Beats that are read to be sent: of all devices, one a cycle.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "parameters.vh"

/*
 * In each cycle one device at most has a beat of the clients ML_READ_SEND and ML_READ_SEND_ENTRIES (device_turns); a
 * cycle later it is here.
 */
module send_beats #(
    parameter DATA_WIDTH = 512,
    parameter DEVICES = 2,
    parameter READ_SLOT_WIDTH = 4,
    // Bits of the number of a beat in a slot
    parameter BEAT_WIDTH = 8
) (
    input  wire                               clk,
    input  wire                               rst,

    // the devices; the slot is that in which the beat's job begins
    input  wire [DEVICES-1:0]                 device_beat,
    input  wire [DEVICES*3-1:0]               device_client,
    input  wire [DEVICES*READ_SLOT_WIDTH-1:0] device_slot,
    input  wire [DEVICES*BEAT_WIDTH-1:0]      device_offset,
    input  wire [DEVICES*DATA_WIDTH-1:0]      device_data,
    input  wire [DEVICES-1:0]                 device_done,
    input  wire [DEVICES-1:0]                 device_failed,

    // a beat of write data, of update information; the last of its job, and whether that failed
    output reg                                data_beat,
    output reg                                entry_beat,
    output reg                                done,
    output reg                                failed,
    output reg  [READ_SLOT_WIDTH-1:0]         slot,
    output reg  [BEAT_WIDTH-1:0]              offset,
    output reg  [DATA_WIDTH-1:0]              data
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_DEVICES
`ML_REQUIRE(READ_SLOT_WIDTH >= 1, parameter_error_READ_SLOT_WIDTH_must_be_at_least_1)
`ML_REQUIRE(BEAT_WIDTH >= 1, parameter_error_BEAT_WIDTH_must_be_at_least_1)

// whose beat it is
wire [DEVICES-1:0]        sends, reads_data, reads_entries;
reg                       done_next, failed_next;
reg [READ_SLOT_WIDTH-1:0] slot_next;
reg [BEAT_WIDTH-1:0]      offset_next;
reg [DATA_WIDTH-1:0]      beat_next;
integer d;

generate
    genvar n;
    for (n = 0; n < DEVICES; n = n + 1) begin : device
        assign reads_data[n]    = device_beat[n] && device_client[3*n +: 3] == `ML_READ_SEND;
        assign reads_entries[n] = device_beat[n] && device_client[3*n +: 3] == `ML_READ_SEND_ENTRIES;
    end
endgenerate

assign sends = reads_data | reads_entries;

always @* begin
    done_next   = 1'b0;
    failed_next = 1'b0;
    slot_next   = 0;
    offset_next = 0;
    beat_next   = 0;
    for (d = 0; d < DEVICES; d = d + 1) begin
        done_next   = done_next || (sends[d] && device_done[d]);
        failed_next = failed_next || (sends[d] && device_failed[d]);
        if (sends[d]) begin
            slot_next   = slot_next | device_slot[d*READ_SLOT_WIDTH +: READ_SLOT_WIDTH];
            offset_next = offset_next | device_offset[d*BEAT_WIDTH +: BEAT_WIDTH];
            beat_next   = beat_next | device_data[d*DATA_WIDTH +: DATA_WIDTH];
        end
    end
end

always @(posedge clk) begin
    data_beat  <= reads_data != 0 && !rst;
    entry_beat <= reads_entries != 0 && !rst;
    if (sends != 0) begin
        done   <= done_next;
        failed <= failed_next;
        slot   <= slot_next;
        offset <= offset_next;
        data   <= beat_next;
    end
end

endmodule

`resetall
