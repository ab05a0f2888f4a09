// device_read with all signals of an AXI4 read port; the ID of read data is not needed by it. Only for tests.
`resetall
`timescale 1ns / 1ps
`default_nettype none

module device_read_unit #(
    parameter DATA_WIDTH = 512,
    parameter ADDRESS_WIDTH = 48,
    parameter ID_WIDTH = 4,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter READ_SLOTS = 4,
    parameter OUTSTANDING = 4,
    parameter SLOT_WIDTH = $clog2(READ_SLOTS),
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH)
) (
    input  wire                             clk,
    input  wire                             rst,

    input  wire                             read_valid,
    input  wire [SLOT_WIDTH-1:0]            read_slot,
    input  wire [ADDRESS_WIDTH-1:0]         read_address,
    input  wire [31:0]                      read_size,

    output wire                             done,
    output wire [SLOT_WIDTH-1:0]            done_slot,
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
    input  wire [ID_WIDTH-1:0]              m_axi_rid,
    input  wire [DATA_WIDTH-1:0]            m_axi_rdata,
    input  wire [1:0]                       m_axi_rresp,
    input  wire                             m_axi_rlast,
    input  wire                             m_axi_rvalid,
    output wire                             m_axi_rready
);

device_read #(
    .DATA_WIDTH(DATA_WIDTH), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .READ_SLOTS(READ_SLOTS), .OUTSTANDING(OUTSTANDING)
) device_read_inst (
    .clk(clk), .rst(rst), .read_valid(read_valid), .read_slot(read_slot), .read_address(read_address),
    .read_size(read_size), .done(done), .done_slot(done_slot), .failed_valid(failed_valid),
    .failed_ready(failed_ready), .failed_slot(failed_slot), .cache_write_enable(cache_write_enable),
    .cache_write_address(cache_write_address), .cache_write_data(cache_write_data), .m_axi_arid(m_axi_arid),
    .m_axi_araddr(m_axi_araddr), .m_axi_arlen(m_axi_arlen), .m_axi_arsize(m_axi_arsize),
    .m_axi_arburst(m_axi_arburst), .m_axi_arvalid(m_axi_arvalid), .m_axi_arready(m_axi_arready),
    .m_axi_rdata(m_axi_rdata), .m_axi_rresp(m_axi_rresp), .m_axi_rlast(m_axi_rlast), .m_axi_rvalid(m_axi_rvalid),
    .m_axi_rready(m_axi_rready)
);

endmodule

`resetall
