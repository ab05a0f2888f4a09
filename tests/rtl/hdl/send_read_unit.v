// send_read with the caches that it reads, filled by the testbench. Only for tests.
`resetall
`timescale 1ns / 1ps
`default_nettype none

module send_read_unit #(
    parameter DATA_WIDTH = 64,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 2048,
    parameter CACHE_SLOTS = 8,
    parameter SEND_SLOTS = 4,
    parameter POSITION_WIDTH = 48,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS),
    parameter SEND_WIDTH = $clog2(SEND_SLOTS),
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH)
) (
    input  wire                             clk,
    input  wire                             rst,

    input  wire [DEVICES-1:0]               fill_valid,
    input  wire [SEND_WIDTH+BEAT_WIDTH-1:0] fill_address,
    input  wire [DATA_WIDTH-1:0]            fill_data,

    output wire                             room,
    input  wire                             reserve,
    input  wire                             take,
    input  wire [15:0]                      volume,
    input  wire [POSITION_WIDTH-1:0]        position,
    input  wire [31:0]                      size,
    input  wire                             unreadable,
    input  wire [$clog2(DEVICES)-1:0]       device,
    input  wire [POSITION_WIDTH-1:0]        device_address,
    input  wire [CACHE_SLOTS-1:0]           overlapping_writes,
    input  wire                             volume_done,
    input  wire                             volume_failed,
    input  wire [SLOT_WIDTH-1:0]            done_slot,
    output wire [SEND_SLOTS-1:0]            overlapping_reads,
    output wire [SEND_SLOTS-1:0]            reads_done,
    output wire [DEVICES-1:0]               device_read_valid,
    output wire [SEND_WIDTH-1:0]            device_read_slot,
    output wire [POSITION_WIDTH-1:0]        device_read_address,
    output wire [31:0]                      device_read_size,
    input  wire [DEVICES-1:0]               device_read_done,
    input  wire [DEVICES*SEND_WIDTH-1:0]    device_read_done_slot,
    input  wire [DEVICES-1:0]               device_read_done_failed,
    output wire [DATA_WIDTH-1:0]            m_axis_data_tdata,
    output wire                             m_axis_data_tvalid,
    input  wire                             m_axis_data_tready,
    output wire                             m_axis_data_tlast,
    output wire                             m_axis_data_failed,
    output wire [15:0]                      m_axis_data_volume,
    output wire                             idle
);

wire cache_enable;
wire [SEND_WIDTH+BEAT_WIDTH-1:0] cache_address;
wire [DEVICES*DATA_WIDTH-1:0] cache_data;

send_read #(
    .DATA_WIDTH(DATA_WIDTH), .DEVICES(DEVICES), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CACHE_SLOTS(CACHE_SLOTS),
    .SEND_SLOTS(SEND_SLOTS), .POSITION_WIDTH(POSITION_WIDTH)
) send_read_inst (
    .clk(clk), .rst(rst), .room(room), .reserve(reserve),
    .take(take), .volume(volume), .position(position), .size(size), .unreadable(unreadable), .device(device),
    .device_address(device_address), .overlapping_writes(overlapping_writes),
    .volume_done(volume_done), .volume_failed(volume_failed), .done_slot(done_slot),
    .overlapping_reads(overlapping_reads), .reads_done(reads_done),
    .device_read_valid(device_read_valid), .device_read_slot(device_read_slot), .device_read_address(device_read_address),
    .device_read_size(device_read_size), .device_read_done(device_read_done),
    .device_read_done_slot(device_read_done_slot), .device_read_done_failed(device_read_done_failed),
    .cache_enable(cache_enable), .cache_address(cache_address), .cache_data(cache_data),
    .m_axis_data_tdata(m_axis_data_tdata), .m_axis_data_tvalid(m_axis_data_tvalid),
    .m_axis_data_tready(m_axis_data_tready), .m_axis_data_tlast(m_axis_data_tlast),
    .m_axis_data_failed(m_axis_data_failed), .m_axis_data_volume(m_axis_data_volume), .idle(idle)
);

generate
    genvar n;
    for (n = 0; n < DEVICES; n = n + 1) begin : of_device
        cache_memory #(.DATA_WIDTH(DATA_WIDTH), .BEATS(SEND_SLOTS << BEAT_WIDTH), .READ_PORTS(1)) read_cache (
            .clk(clk), .write_enable(fill_valid[n]), .write_address(fill_address), .write_data(fill_data),
            .read_enable(cache_enable), .read_address(cache_address), .read_data(cache_data[n*DATA_WIDTH +: DATA_WIDTH])
        );
    end
endgenerate

endmodule

`resetall
