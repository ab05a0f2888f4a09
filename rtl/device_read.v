// Read side of a storage device's disk adapter: device to cache slots.
`resetall
`timescale 1ns / 1ps
`default_nettype none

/*
 * Reads are jobs of one range, done in order; their slots are reserved before they come, so that the device is never held up.
 */
module device_read #(
    parameter DATA_WIDTH = 512,
    parameter ADDRESS_WIDTH = 48,
    parameter ID_WIDTH = 4,
    parameter MAX_TRANSFER_BYTES = 16384,
    // Slots for data read, a power of two
    parameter READ_SLOTS = 4,
    // Bursts under way, a power of two
    parameter OUTSTANDING = 16,
    parameter SLOT_WIDTH = $clog2(READ_SLOTS),
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH)
) (
    input  wire                             clk,
    input  wire                             rst,

    input  wire                             read_valid,
    input  wire [SLOT_WIDTH-1:0]            read_slot,
    input  wire [ADDRESS_WIDTH-1:0]         read_address,
    input  wire [31:0]                      read_size,

    // all data of a read is in its slot
    output wire                             done,
    output wire [SLOT_WIDTH-1:0]            done_slot,
    // a read failed
    output wire                             failed_valid,
    input  wire                             failed_ready,
    output wire [SLOT_WIDTH-1:0]            failed_slot,

    output wire                             cache_write_enable,
    output wire [SLOT_WIDTH+BEAT_WIDTH-1:0] cache_write_address,
    output wire [DATA_WIDTH-1:0]            cache_write_data,

    output wire [ID_WIDTH-1:0]              m_axi_arid,
    output wire [ADDRESS_WIDTH-1:0]         m_axi_araddr,
    output wire [7:0]                       m_axi_arlen,
    output wire [2:0]                       m_axi_arsize,
    output wire [1:0]                       m_axi_arburst,
    output wire                             m_axi_arvalid,
    input  wire                             m_axi_arready,
    input  wire [DATA_WIDTH-1:0]            m_axi_rdata,
    input  wire [1:0]                       m_axi_rresp,
    input  wire                             m_axi_rlast,
    input  wire                             m_axi_rvalid,
    output wire                             m_axi_rready
);

localparam BEAT_SHIFT = $clog2(DATA_WIDTH / 8);
localparam A = ADDRESS_WIDTH;

wire range_valid, range_ready;
wire [SLOT_WIDTH-1:0] range_slot;
wire [A-1:0] range_address;
wire [31:0] range_size;

fifo #(.WIDTH(SLOT_WIDTH + A + 32), .DEPTH(READ_SLOTS)) read_fifo (
    .clk(clk), .rst(rst),
    .in_data({read_slot, read_address, read_size}), .in_valid(read_valid), .in_ready(),
    .out_data({range_slot, range_address, range_size}), .out_valid(range_valid), .out_ready(range_ready), .count()
);

wire burst_valid, burst_ready, burst_last, address_room, response_room;
wire [A-1:0] burst_address;
wire [7:0] burst_length;
wire [SLOT_WIDTH-1:0] burst_slot;

burst_splitter #(.DATA_WIDTH(DATA_WIDTH), .ADDRESS_WIDTH(A), .META_WIDTH(SLOT_WIDTH)) splitter (
    .clk(clk), .rst(rst),
    .range_valid(range_valid), .range_ready(range_ready), .range_address(range_address), .range_bytes(range_size),
    .range_offset(32'd0), .range_meta(range_slot),
    .burst_valid(burst_valid), .burst_ready(burst_ready), .burst_address(burst_address), .burst_length(burst_length),
    .burst_offset(), .burst_last(burst_last), .burst_meta(burst_slot)
);

assign burst_ready = address_room && response_room;
wire burst_taken   = burst_valid && burst_ready;

fifo #(.WIDTH(A + 8), .DEPTH(OUTSTANDING)) address_fifo (
    .clk(clk), .rst(rst),
    .in_data({burst_address, burst_length}), .in_valid(burst_taken), .in_ready(address_room),
    .out_data({m_axi_araddr, m_axi_arlen}), .out_valid(m_axi_arvalid), .out_ready(m_axi_arready), .count()
);

localparam [2:0] BEAT_SIZE = BEAT_SHIFT[2:0];
assign m_axi_arid    = {ID_WIDTH{1'b0}};
assign m_axi_arsize  = BEAT_SIZE;
assign m_axi_arburst = 2'b01;

wire response_valid, response_last;
wire [SLOT_WIDTH-1:0] response_slot;

fifo #(.WIDTH(SLOT_WIDTH + 1), .DEPTH(OUTSTANDING)) response_fifo (
    .clk(clk), .rst(rst),
    .in_data({burst_slot, burst_last}), .in_valid(burst_taken), .in_ready(response_room),
    .out_data({response_slot, response_last}), .out_valid(response_valid),
    .out_ready(m_axi_rvalid && m_axi_rready && m_axi_rlast), .count()
);

reg [BEAT_WIDTH-1:0] beat_reg;
reg                  failed_reg;
wire beat     = m_axi_rvalid && m_axi_rready;
wire failed   = failed_reg || m_axi_rresp[1];
wire read_end = beat && m_axi_rlast && response_last;

assign m_axi_rready        = response_valid;
assign cache_write_enable  = beat;
assign cache_write_address = {response_slot, beat_reg};
assign cache_write_data    = m_axi_rdata;
assign done                = read_end && !failed;
assign done_slot           = response_slot;

fifo #(.WIDTH(SLOT_WIDTH), .DEPTH(READ_SLOTS)) failed_fifo (
    .clk(clk), .rst(rst),
    .in_data(response_slot), .in_valid(read_end && failed), .in_ready(),
    .out_data(failed_slot), .out_valid(failed_valid), .out_ready(failed_ready), .count()
);

always @(posedge clk) begin
    if (beat) begin
        beat_reg   <= read_end ? {BEAT_WIDTH{1'b0}} : beat_reg + 1'b1;
        failed_reg <= read_end ? 1'b0 : failed;
    end
    if (rst) begin
        beat_reg   <= 0;
        failed_reg <= 1'b0;
    end
end

endmodule

`resetall
