// device_read with all signals of an AXI4 read port; the ID of read data is not needed by it. Only for tests.
`resetall
`timescale 1ns / 1ps
`default_nettype none

module device_read_unit #(
    parameter DATA_WIDTH = 512,
    parameter ADDRESS_WIDTH = 48,
    parameter ID_WIDTH = 4,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter CLIENTS = 3,
    parameter SLOT_WIDTH = 2,
    parameter OUTSTANDING = 4,
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH)
) (
    input  wire                             clk,
    input  wire                             rst,

    input  wire [CLIENTS-1:0]               read_valid,
    input  wire [CLIENTS*SLOT_WIDTH-1:0]    read_slot,
    input  wire [CLIENTS*BEAT_WIDTH-1:0]    read_beat,
    input  wire [CLIENTS*ADDRESS_WIDTH-1:0] read_address,
    input  wire [CLIENTS*32-1:0]            read_size,

    output wire                             next_valid,
    output wire [2:0]                       next_client,
    input  wire [CLIENTS-1:0]               client_waits,
    output wire                             done,
    output wire [2:0]                       done_client,
    output wire [SLOT_WIDTH-1:0]            done_slot,
    output wire                             done_failed,

    output wire                             cache_write_enable,
    output wire [2:0]                       cache_write_client,
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
    .DATA_WIDTH(DATA_WIDTH), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CLIENTS(CLIENTS), .SLOT_WIDTH(SLOT_WIDTH),
    .OUTSTANDING(OUTSTANDING)
) device_read_inst (
    .clk(clk), .rst(rst), .read_valid(read_valid), .read_slot(read_slot), .read_beat(read_beat), .read_address(read_address),
    .read_size(read_size), .next_valid(next_valid), .next_client(next_client), .client_waits(client_waits), .done(done), .done_client(done_client), .done_slot(done_slot), .done_failed(done_failed),
    .cache_write_enable(cache_write_enable), .cache_write_client(cache_write_client),
    .cache_write_address(cache_write_address), .cache_write_data(cache_write_data), .m_axi_arid(m_axi_arid),
    .m_axi_araddr(m_axi_araddr), .m_axi_arlen(m_axi_arlen), .m_axi_arsize(m_axi_arsize),
    .m_axi_arburst(m_axi_arburst), .m_axi_arvalid(m_axi_arvalid), .m_axi_arready(m_axi_arready),
    .m_axi_rdata(m_axi_rdata), .m_axi_rresp(m_axi_rresp), .m_axi_rlast(m_axi_rlast), .m_axi_rvalid(m_axi_rvalid),
    .m_axi_rready(m_axi_rready)
);

endmodule

`resetall
