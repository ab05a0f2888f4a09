// Disk adapter 120: the read-write process 220 ([0106]) of one storage device.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "parameters.vh"

/*
 * Moves data between cache and storage device, both directions at once, and asks for a step of the commit stage for
 * every write that the device has answered and every read that failed.
 */
module disk_adapter #(
    parameter DATA_WIDTH = 512,
    parameter ADDRESS_WIDTH = 48,
    parameter ID_WIDTH = 4,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter CACHE_SLOTS = 16,
    // Readers, and bits of the number of a reader's slot
    parameter READ_CLIENTS = 5,
    parameter READ_SLOT_WIDTH = 4,
    parameter OUTSTANDING = 16,
    // Bits of a write job's slot, {client, index}, and of a beat's place in the largest memory of a client
    parameter SLOT_WIDTH = 2 + $clog2(CACHE_SLOTS),
    parameter START_WIDTH = $clog2(CACHE_SLOTS * MAX_TRANSFER_BYTES * 8 / DATA_WIDTH),
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH)
) (
    input  wire                             clk,
    input  wire                             rst,

    /*
     * Ranges to write (device_write_jobs), reads
     */
    input  wire                             range_valid,
    output wire                             range_ready,
    input  wire [ADDRESS_WIDTH-1:0]         range_address,
    input  wire [16:0]                      range_bytes,
    input  wire [START_WIDTH-1:0]           range_place,
    input  wire                             range_is_last,
    input  wire                             range_information,
    input  wire                             range_journal,
    input  wire                             range_zeros,
    input  wire [SLOT_WIDTH-1:0]            range_slot,
    input  wire [READ_CLIENTS-1:0]                 read_valid,
    input  wire [READ_CLIENTS*READ_SLOT_WIDTH-1:0] read_slot,
    input  wire [READ_CLIENTS*BEAT_WIDTH-1:0]      read_beat,
    input  wire [READ_CLIENTS*ADDRESS_WIDTH-1:0]   read_address,
    input  wire [READ_CLIENTS*32-1:0]              read_size,
    // whose beats come next; readers whose beats wait in this cycle
    output wire                             read_next_valid,
    output wire [2:0]                       read_next_client,
    input  wire [READ_CLIENTS-1:0]          read_client_waits,
    // a host's read that fails asks for a step; the other readers see it here
    output wire                             read_done,
    output wire [2:0]                       read_done_client,
    output wire [READ_SLOT_WIDTH-1:0]       read_done_slot,
    output wire                             read_done_failed,

    /*
     * Commit stage: 0 writes, 1 failed reads of hosts
     */
    output wire [1:0]                       request_valid,
    input  wire [1:0]                       request_taken,
    output wire [2*`CR_WIDTH-1:0]           request,

    /*
     * Memories of the write side's clients, and cache for reads
     */
    output wire                             cache_valid,
    input  wire                             cache_taken,
    output wire                             cache_information,
    output wire [1:0]                       cache_client,
    output wire [START_WIDTH-1:0]           cache_address,
    input  wire [DATA_WIDTH-1:0]            cache_data,
    output wire                             read_cache_enable,
    output wire [2:0]                       read_cache_client,
    output wire [READ_SLOT_WIDTH+BEAT_WIDTH-1:0] read_cache_address,
    output wire [DATA_WIDTH-1:0]            read_cache_data,

    /*
     * AXI4
     */
    output wire [ID_WIDTH-1:0]              m_axi_awid,
    output wire [ADDRESS_WIDTH-1:0]         m_axi_awaddr,
    output wire [7:0]                       m_axi_awlen,
    output wire [2:0]                       m_axi_awsize,
    output wire [1:0]                       m_axi_awburst,
    output wire                             m_axi_awvalid,
    input  wire                             m_axi_awready,
    output wire [DATA_WIDTH-1:0]            m_axi_wdata,
    output wire [DATA_WIDTH/8-1:0]          m_axi_wstrb,
    output wire                             m_axi_wlast,
    output wire                             m_axi_wvalid,
    input  wire                             m_axi_wready,
    input  wire [1:0]                       m_axi_bresp,
    input  wire                             m_axi_bvalid,
    output wire                             m_axi_bready,
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

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_ADDRESS_WIDTH
`ML_REQUIRE(ID_WIDTH >= 1, parameter_error_ID_WIDTH_must_be_at_least_1)
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE(`ML_IN_RANGE(READ_CLIENTS, 2, 8), parameter_error_READ_CLIENTS_must_be_2_to_8)
`ML_REQUIRE(`ML_IN_RANGE(READ_SLOT_WIDTH, 1, 5), parameter_error_READ_SLOT_WIDTH_must_be_1_to_5)
`ML_REQUIRE_OUTSTANDING

wire done_journal, done_failed;
wire [SLOT_WIDTH-1:0] done_slot;
wire [READ_SLOT_WIDTH-1:0] failed_slot;

device_write #(
    .DATA_WIDTH(DATA_WIDTH), .ADDRESS_WIDTH(ADDRESS_WIDTH), .ID_WIDTH(ID_WIDTH),
    .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES),
    .CACHE_SLOTS(CACHE_SLOTS), .OUTSTANDING(OUTSTANDING), .SLOT_WIDTH(SLOT_WIDTH), .START_WIDTH(START_WIDTH)
) device_write_inst (
    .clk(clk), .rst(rst),
    .range_valid(range_valid), .range_ready(range_ready), .range_address(range_address), .range_bytes(range_bytes),
    .range_place(range_place), .range_is_last(range_is_last), .range_information(range_information),
    .range_journal(range_journal), .range_zeros(range_zeros), .range_slot(range_slot),
    .done_valid(request_valid[0]), .done_ready(request_taken[0]), .done_journal(done_journal), .done_slot(done_slot),
    .done_failed(done_failed),
    .cache_valid(cache_valid), .cache_taken(cache_taken), .cache_information(cache_information),
    .cache_client(cache_client), .cache_address(cache_address),
    .cache_data(cache_data),
    .m_axi_awid(m_axi_awid), .m_axi_awaddr(m_axi_awaddr), .m_axi_awlen(m_axi_awlen), .m_axi_awsize(m_axi_awsize),
    .m_axi_awburst(m_axi_awburst), .m_axi_awvalid(m_axi_awvalid), .m_axi_awready(m_axi_awready),
    .m_axi_wdata(m_axi_wdata), .m_axi_wstrb(m_axi_wstrb), .m_axi_wlast(m_axi_wlast), .m_axi_wvalid(m_axi_wvalid),
    .m_axi_wready(m_axi_wready), .m_axi_bresp(m_axi_bresp), .m_axi_bvalid(m_axi_bvalid), .m_axi_bready(m_axi_bready)
);

device_read #(
    .DATA_WIDTH(DATA_WIDTH), .ADDRESS_WIDTH(ADDRESS_WIDTH), .ID_WIDTH(ID_WIDTH),
    .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES),
    .CLIENTS(READ_CLIENTS), .SLOT_WIDTH(READ_SLOT_WIDTH), .OUTSTANDING(OUTSTANDING)
) device_read_inst (
    .clk(clk), .rst(rst),
    .read_valid(read_valid), .read_slot(read_slot), .read_beat(read_beat), .read_address(read_address),
    .read_size(read_size),
    .next_valid(read_next_valid), .next_client(read_next_client), .client_waits(read_client_waits),
    .done(read_done), .done_client(read_done_client), .done_slot(read_done_slot), .done_failed(read_done_failed),
    .cache_write_enable(read_cache_enable), .cache_write_client(read_cache_client),
    .cache_write_address(read_cache_address), .cache_write_data(read_cache_data),
    .m_axi_arid(m_axi_arid), .m_axi_araddr(m_axi_araddr), .m_axi_arlen(m_axi_arlen), .m_axi_arsize(m_axi_arsize),
    .m_axi_arburst(m_axi_arburst), .m_axi_arvalid(m_axi_arvalid), .m_axi_arready(m_axi_arready),
    .m_axi_rdata(m_axi_rdata), .m_axi_rresp(m_axi_rresp), .m_axi_rlast(m_axi_rlast), .m_axi_rvalid(m_axi_rvalid),
    .m_axi_rready(m_axi_rready)
);

// failed reads of hosts
fifo #(.WIDTH(READ_SLOT_WIDTH), .DEPTH(1 << READ_SLOT_WIDTH)) failed_fifo (
    .clk(clk), .rst(rst),
    .in_data(read_done_slot), .in_valid(read_done && read_done_failed && read_done_client == `ML_READ_HOST),
    .in_ready(),
    .out_data(failed_slot), .out_valid(request_valid[1]), .out_ready(request_taken[1]), .count()
);

reg [`CR_WIDTH-1:0] write_request, read_request;

reg [`CR_WIDTH-1:0] new_write_request;
reg [`CR_WIDTH-1:0] new_read_request;

always @* begin
    new_write_request = 0;
    new_write_request[`CR_KIND]   = done_journal ? `ML_REQUEST_JOURNAL_WRITE : `ML_REQUEST_VOLUME_WRITE;
    new_write_request[`CR_SLOT]   = {6'd0, done_slot[SLOT_WIDTH-1 -: 2], {10-SLOT_WIDTH{1'b0}},
                                     done_slot[SLOT_WIDTH-3:0]};
    new_write_request[`CR_FAILED] = done_failed;
    new_read_request = 0;
    new_read_request[`CR_KIND]   = `ML_REQUEST_READ_FAILURE;
    new_read_request[`CR_SLOT]   = {{16-READ_SLOT_WIDTH{1'b0}}, failed_slot};
    new_read_request[`CR_FAILED] = 1'b1;
    write_request = new_write_request;
    read_request = new_read_request;
end

assign request = {read_request, write_request};

endmodule

`resetall
