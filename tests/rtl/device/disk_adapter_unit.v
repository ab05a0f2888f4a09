// disk_adapter with device_write_jobs and the caches that it reads, filled by the testbench. Only for tests.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "commit_request.vh"

module disk_adapter_unit #(
    parameter DATA_WIDTH = 64,
    parameter MAX_TRANSFER_BYTES = 2048,
    parameter CACHE_SLOTS = 4,
    parameter READ_CLIENTS = 2,
    parameter READ_SLOT_WIDTH = 2,
    parameter INDEX_WIDTH = $clog2(CACHE_SLOTS),
    parameter SLOT_WIDTH = 2 + INDEX_WIDTH,
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH)
) (
    input  wire                             clk,
    input  wire                             rst,
    // a beat is taken when it is asked for in such a cycle
    input  wire                             cache_taken,

    input  wire                             fill_valid,
    // {client, index, beat}
    input  wire [SLOT_WIDTH+BEAT_WIDTH-1:0] fill_address,
    input  wire [DATA_WIDTH-1:0]            fill_data,
    input  wire                             fill_information_valid,
    input  wire [SLOT_WIDTH-1:0]            fill_information_slot,
    input  wire [511:0]                     fill_information,

    input  wire                             volume_job_valid,
    input  wire [47:0]                      volume_job_address,
    input  wire [CACHE_SLOTS-1:0]           may_write,
    input  wire [CACHE_SLOTS-1:0]           may_restore,
    input  wire                             journal_job_valid,
    input  wire [47:0]                      journal_job_information_address,
    input  wire [47:0]                      journal_job_data_address,
    input  wire [47:0]                      journal_job_head_address,
    input  wire [31:0]                      journal_job_size_before_end,
    input  wire [SLOT_WIDTH-1:0]            job_slot,
    input  wire [31:0]                      job_size,
    input  wire [READ_CLIENTS-1:0]          read_valid,
    input  wire [READ_SLOT_WIDTH-1:0]       read_slot,
    input  wire [47:0]                      read_address,
    input  wire [31:0]                      read_size,
    output wire                             read_done,
    output wire [2:0]                       read_done_client,
    output wire [READ_SLOT_WIDTH-1:0]       read_done_slot,
    output wire                             read_done_failed,

    output wire [1:0]                       request_valid,
    input  wire [1:0]                       request_taken,
    output wire [`CR_WIDTH-1:0]             write_request,
    output wire [`CR_WIDTH-1:0]             read_request,

    output wire                             read_cache_enable,
    output wire [2:0]                       read_cache_client,
    output wire [READ_SLOT_WIDTH+BEAT_WIDTH-1:0] read_cache_address,
    output wire [DATA_WIDTH-1:0]            read_cache_data,

    output wire [3:0]                       m_axi_awid,
    output wire [47:0]                      m_axi_awaddr,
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
    input  wire [3:0]                       m_axi_bid,
    input  wire [1:0]                       m_axi_bresp,
    input  wire                             m_axi_bvalid,
    output wire                             m_axi_bready,
    output wire [3:0]                       m_axi_arid,
    output wire [47:0]                      m_axi_araddr,
    output wire [7:0]                       m_axi_arlen,
    output wire [2:0]                       m_axi_arsize,
    output wire [1:0]                       m_axi_arburst,
    output wire                             m_axi_arvalid,
    input  wire                             m_axi_arready,
    input  wire [3:0]                       m_axi_rid,
    input  wire [DATA_WIDTH-1:0]            m_axi_rdata,
    input  wire [1:0]                       m_axi_rresp,
    input  wire                             m_axi_rlast,
    input  wire                             m_axi_rvalid,
    output wire                             m_axi_rready
);

localparam PARTS = 512 / DATA_WIDTH;

wire cache_valid, cache_information;
wire [1:0] cache_client;
wire [INDEX_WIDTH+BEAT_WIDTH-1:0] cache_address;
wire [DATA_WIDTH-1:0] data;

wire range_valid, range_ready, range_is_last, range_information, range_journal, range_zeros;
wire [47:0] range_address;
wire [16:0] range_bytes;
wire [INDEX_WIDTH+BEAT_WIDTH-1:0] range_place;
wire [SLOT_WIDTH-1:0] range_slot;

device_write_jobs #(
    .DATA_WIDTH(DATA_WIDTH), .DEVICES(1), .CACHE_SLOTS(CACHE_SLOTS), .START_WIDTH(INDEX_WIDTH + BEAT_WIDTH)
) device_write_jobs_inst (
    .clk(clk), .rst(rst),
    .slot(job_slot), .start({job_slot[INDEX_WIDTH-1:0], {BEAT_WIDTH{1'b0}}}), .size(job_size),
    .discard(1'b0),
    .volume_valid(volume_job_valid), .volume_address(volume_job_address), .journal_valid(journal_job_valid),
    .information_address(journal_job_information_address), .data_address(journal_job_data_address),
    .head_address(journal_job_head_address), .size_before_end(journal_job_size_before_end),
    .information_valid(journal_job_valid), .information_slot(job_slot), .may_write(may_write), .may_restore(may_restore),
    .range_valid(range_valid), .range_ready(range_ready), .range_address(range_address), .range_bytes(range_bytes),
    .range_place(range_place), .range_is_last(range_is_last), .range_information(range_information),
    .range_journal(range_journal), .range_zeros(range_zeros), .range_slot(range_slot)
);

disk_adapter #(
    .DATA_WIDTH(DATA_WIDTH), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CACHE_SLOTS(CACHE_SLOTS),
    .READ_CLIENTS(READ_CLIENTS), .READ_SLOT_WIDTH(READ_SLOT_WIDTH)
) disk_adapter_inst (
    .clk(clk), .rst(rst),
    .range_valid(range_valid), .range_ready(range_ready), .range_address(range_address), .range_bytes(range_bytes),
    .range_place(range_place), .range_is_last(range_is_last), .range_information(range_information),
    .range_journal(range_journal), .range_zeros(range_zeros), .range_slot(range_slot),
    .read_valid(read_valid), .read_slot({READ_CLIENTS{read_slot}}), .read_beat({READ_CLIENTS*BEAT_WIDTH{1'b0}}),
    .read_address({READ_CLIENTS{read_address}}), .read_size({READ_CLIENTS{read_size}}),
    .read_next_valid(), .read_next_client(), .read_client_waits({READ_CLIENTS{1'b0}}),
    .read_done(read_done), .read_done_client(read_done_client), .read_done_slot(read_done_slot),
    .read_done_failed(read_done_failed), .read_cache_client(read_cache_client),
    .request_valid(request_valid), .request_taken(request_taken), .request({read_request, write_request}),
    .cache_valid(cache_valid), .cache_taken(cache_taken), .cache_information(cache_information),
    .cache_client(cache_client), .cache_address(cache_address), .cache_data(information_reg ? information : data),
    .read_cache_enable(read_cache_enable), .read_cache_address(read_cache_address), .read_cache_data(read_cache_data),
    .m_axi_awid(m_axi_awid), .m_axi_awaddr(m_axi_awaddr), .m_axi_awlen(m_axi_awlen), .m_axi_awsize(m_axi_awsize),
    .m_axi_awburst(m_axi_awburst), .m_axi_awvalid(m_axi_awvalid), .m_axi_awready(m_axi_awready),
    .m_axi_wdata(m_axi_wdata), .m_axi_wstrb(m_axi_wstrb), .m_axi_wlast(m_axi_wlast), .m_axi_wvalid(m_axi_wvalid),
    .m_axi_wready(m_axi_wready), .m_axi_bresp(m_axi_bresp), .m_axi_bvalid(m_axi_bvalid), .m_axi_bready(m_axi_bready),
    .m_axi_arid(m_axi_arid), .m_axi_araddr(m_axi_araddr), .m_axi_arlen(m_axi_arlen), .m_axi_arsize(m_axi_arsize),
    .m_axi_arburst(m_axi_arburst), .m_axi_arvalid(m_axi_arvalid), .m_axi_arready(m_axi_arready),
    .m_axi_rdata(m_axi_rdata), .m_axi_rresp(m_axi_rresp), .m_axi_rlast(m_axi_rlast), .m_axi_rvalid(m_axi_rvalid),
    .m_axi_rready(m_axi_rready)
);

cache_memory #(.DATA_WIDTH(DATA_WIDTH), .BEATS(4 * CACHE_SLOTS << BEAT_WIDTH), .READ_PORTS(1)) data_cache (
    .clk(clk), .write_enable(fill_valid), .write_address(fill_address), .write_data(fill_data),
    .read_enable(cache_valid && cache_taken), .read_address({cache_client, cache_address}), .read_data(data)
);

reg [511:0] informations [0:4*CACHE_SLOTS-1];
reg [DATA_WIDTH-1:0] information;
reg information_reg;

always @(posedge clk) begin
    if (fill_information_valid)
        informations[fill_information_slot] <= fill_information;
    if (cache_valid && cache_taken) begin
        information_reg <= cache_information;
        information     <= informations[cache_address / PARTS] >> (cache_address % PARTS * DATA_WIDTH);
    end
end

endmodule

`resetall
