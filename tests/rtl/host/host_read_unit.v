// host_read with the caches that it reads, filled by the testbench. Only for tests.
`resetall
`timescale 1ns / 1ps
`default_nettype none

module host_read_unit #(
    parameter DATA_WIDTH = 64,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 4096,
    parameter CACHE_SLOTS = 8,
    parameter READ_SLOTS = 4,
    parameter POSITION_WIDTH = 48,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS),
    parameter READ_WIDTH = $clog2(READ_SLOTS),
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH),
    parameter BLOCK_BITS = $clog2(MAX_TRANSFER_BYTES / 512) + 1
) (
    input  wire                                  clk,
    input  wire                                  rst,

    input  wire                                  fill_valid,
    input  wire [SLOT_WIDTH+BEAT_WIDTH-1:0]      fill_address,
    input  wire [DATA_WIDTH-1:0]                 fill_data,
    // a beat of write data is taken when it is asked for in such a cycle
    input  wire                                  write_cache_taken,
    input  wire [DEVICES-1:0]                    device_fill_valid,
    input  wire [READ_WIDTH+BEAT_WIDTH-1:0]      device_fill_address,
    input  wire [DATA_WIDTH-1:0]                 device_fill_data,

    output wire                                  read_free,
    input  wire                                  take,
    input  wire [15:0]                           tag,
    input  wire [15:0]                           volume,
    input  wire [POSITION_WIDTH-1:0]             position,
    input  wire [31:0]                           size,
    input  wire [63:0]                           order,
    input  wire [$clog2(DEVICES)-1:0]            device,
    input  wire [POSITION_WIDTH-1:0]             device_address,
    input  wire [CACHE_SLOTS-1:0]                overlapping_writes,

    output wire [READ_SLOTS-1:0]                 overlapping_reads,
    output wire [READ_SLOTS-1:0]                 reads_done,
    output wire [CACHE_SLOTS-1:0]                needed_slots,
    input  wire [CACHE_SLOTS*BLOCK_BITS-1:0]     blocks,
    input  wire [CACHE_SLOTS*BLOCK_BITS-1:0]     sizes,
    input  wire [CACHE_SLOTS*CACHE_SLOTS-1:0]    newer,

    output wire [DEVICES-1:0]                    device_read_valid,
    output wire [READ_WIDTH-1:0]                 device_read_slot,
    output wire [POSITION_WIDTH-1:0]             device_read_address,
    output wire [31:0]                           device_read_size,
    input  wire [DEVICES-1:0]                    device_read_done,
    input  wire [DEVICES*READ_WIDTH-1:0]         device_read_done_slot,
    input  wire                                  failed,
    input  wire [READ_WIDTH-1:0]                 failed_slot,
    input  wire [READ_WIDTH-1:0]                 lookup_slot,
    output wire [15:0]                           lookup_volume,
    output wire [POSITION_WIDTH-1:0]             lookup_position,
    output wire [31:0]                           lookup_size,
    output wire [63:0]                           lookup_order,

    output wire [DATA_WIDTH-1:0]                 m_axis_read_tdata,
    output wire [15:0]                           m_axis_read_tid,
    output wire                                  m_axis_read_tvalid,
    input  wire                                  m_axis_read_tready,
    output wire                                  m_axis_read_tlast,
    output wire                                  response_valid,
    input  wire                                  response_ready,
    output wire [15:0]                           response_tag,
    output wire [7:0]                            response_status,
    output wire                                  idle
);

wire write_cache_valid, read_cache_enable;
wire [SLOT_WIDTH+BEAT_WIDTH-1:0] write_cache_address;
wire [DATA_WIDTH-1:0] write_cache_data;
wire [READ_WIDTH+BEAT_WIDTH-1:0] read_cache_address;
wire [DATA_WIDTH-1:0] read_cache_data;

host_read #(
    .DATA_WIDTH(DATA_WIDTH), .DEVICES(DEVICES), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CACHE_SLOTS(CACHE_SLOTS),
    .READ_SLOTS(READ_SLOTS), .POSITION_WIDTH(POSITION_WIDTH)
) host_read_inst (
    .clk(clk), .rst(rst),
    .read_free(read_free), .take(take), .tag(tag), .volume(volume), .position(position), .size(size), .order(order),
    .device(device), .device_address(device_address), .overlapping_writes(overlapping_writes),
    .overlapping_reads(overlapping_reads), .reads_done(reads_done), .needed_slots(needed_slots), .blocks(blocks),
    .sizes(sizes), .newer(newer),
    .device_read_valid(device_read_valid), .device_read_slot(device_read_slot), .device_read_address(device_read_address),
    .device_read_size(device_read_size), .device_read_done(device_read_done),
    .device_read_done_slot(device_read_done_slot), .failed(failed), .failed_slot(failed_slot),
    .lookup_slot(lookup_slot), .lookup_volume(lookup_volume), .lookup_position(lookup_position),
    .lookup_size(lookup_size),
    .lookup_order(lookup_order),
    .write_cache_valid(write_cache_valid), .write_cache_taken(write_cache_valid && write_cache_taken),
    .write_cache_address(write_cache_address), .write_cache_data(write_cache_data),
    .read_cache_enable(read_cache_enable), .read_cache_address(read_cache_address), .read_cache_data(read_cache_data),
    .m_axis_read_tdata(m_axis_read_tdata), .m_axis_read_tid(m_axis_read_tid), .m_axis_read_tvalid(m_axis_read_tvalid),
    .m_axis_read_tready(m_axis_read_tready), .m_axis_read_tlast(m_axis_read_tlast),
    .response_valid(response_valid), .response_ready(response_ready), .response_tag(response_tag),
    .response_status(response_status), .idle(idle)
);

cache_memory #(.DATA_WIDTH(DATA_WIDTH), .BEATS(CACHE_SLOTS << BEAT_WIDTH), .READ_PORTS(1)) write_cache (
    .clk(clk), .write_enable(fill_valid), .write_address(fill_address), .write_data(fill_data),
    .read_enable(write_cache_valid && write_cache_taken), .read_address(write_cache_address), .read_data(write_cache_data)
);

cache_memory #(.DATA_WIDTH(DATA_WIDTH), .BEATS(READ_SLOTS << BEAT_WIDTH), .READ_PORTS(1)) read_cache (
    .clk(clk), .write_enable(device_fill_valid != 0), .write_address(device_fill_address), .write_data(device_fill_data),
    .read_enable(read_cache_enable), .read_address(read_cache_address), .read_data(read_cache_data)
);

endmodule

`resetall
