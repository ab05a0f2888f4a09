// device_write with device_write_jobs and the memories of its clients, filled by the testbench. Only for tests.
`resetall
`timescale 1ns / 1ps
`default_nettype none

module device_write_unit #(
    parameter DATA_WIDTH = 64,
    parameter MAX_TRANSFER_BYTES = 4096,
    parameter CACHE_SLOTS = 4,
    parameter OUTSTANDING = 4,
    parameter SLOT_WIDTH = 2 + $clog2(CACHE_SLOTS),
    // room for a transfer that begins anywhere in its slot
    parameter START_WIDTH = $clog2(2 * CACHE_SLOTS * MAX_TRANSFER_BYTES * 8 / DATA_WIDTH)
) (
    input  wire                             clk,
    input  wire                             rst,
    // a beat is taken when it is asked for in such a cycle
    input  wire                             cache_taken,

    input  wire                             fill_valid,
    // {client, beat}
    input  wire [2+START_WIDTH-1:0]         fill_address,
    input  wire [DATA_WIDTH-1:0]            fill_data,
    input  wire                             fill_information_valid,
    input  wire [SLOT_WIDTH-1:0]            fill_information_slot,
    input  wire [511:0]                     fill_information,

    input  wire                             volume_valid,
    input  wire [SLOT_WIDTH-1:0]            volume_slot,
    input  wire [START_WIDTH-1:0]           volume_start,
    input  wire [47:0]                      volume_address,
    input  wire [31:0]                      volume_size,
    // the job that is given is of a discard
    input  wire                             discard,
    input  wire [CACHE_SLOTS-1:0]           may_write,
    input  wire [CACHE_SLOTS-1:0]           may_restore,
    input  wire                             journal_valid,
    input  wire [SLOT_WIDTH-1:0]            journal_slot,
    input  wire [START_WIDTH-1:0]           journal_start,
    input  wire [47:0]                      journal_information_address,
    input  wire [47:0]                      journal_data_address,
    input  wire [47:0]                      journal_head_address,
    input  wire [31:0]                      journal_size,
    input  wire [31:0]                      journal_size_before_end,

    output wire                             done_valid,
    input  wire                             done_ready,
    output wire                             done_journal,
    output wire [SLOT_WIDTH-1:0]            done_slot,
    output wire                             done_failed,

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
    output wire                             m_axi_bready
);

localparam PARTS = 512 / DATA_WIDTH;

wire cache_valid, cache_information;
wire [1:0] cache_client;
wire [START_WIDTH-1:0] cache_address;
wire [DATA_WIDTH-1:0] data;

wire range_valid, range_ready, range_is_last, range_information, range_journal, range_zeros;
wire [47:0] range_address;
wire [16:0] range_bytes;
wire [START_WIDTH-1:0] range_place;
wire [SLOT_WIDTH-1:0] range_slot;

device_write_jobs #(
    .DATA_WIDTH(DATA_WIDTH), .DEVICES(1), .CACHE_SLOTS(CACHE_SLOTS), .START_WIDTH(START_WIDTH)
) device_write_jobs_inst (
    .clk(clk), .rst(rst),
    .slot(volume_valid ? volume_slot : journal_slot), .start(volume_valid ? volume_start : journal_start),
    .size(volume_valid ? volume_size : journal_size), .discard(discard),
    .volume_valid(volume_valid), .volume_address(volume_address), .journal_valid(journal_valid),
    .information_address(journal_information_address), .data_address(journal_data_address),
    .head_address(journal_head_address), .size_before_end(journal_size_before_end),
    .information_valid(journal_valid), .information_slot(journal_slot), .may_write(may_write), .may_restore(may_restore),
    .range_valid(range_valid), .range_ready(range_ready), .range_address(range_address), .range_bytes(range_bytes),
    .range_place(range_place), .range_is_last(range_is_last), .range_information(range_information),
    .range_journal(range_journal), .range_zeros(range_zeros), .range_slot(range_slot)
);

device_write #(
    .DATA_WIDTH(DATA_WIDTH), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CACHE_SLOTS(CACHE_SLOTS), .OUTSTANDING(OUTSTANDING),
    .START_WIDTH(START_WIDTH)
) device_write_inst (
    .clk(clk), .rst(rst),
    .range_valid(range_valid), .range_ready(range_ready), .range_address(range_address), .range_bytes(range_bytes),
    .range_place(range_place), .range_is_last(range_is_last), .range_information(range_information),
    .range_journal(range_journal), .range_zeros(range_zeros), .range_slot(range_slot),
    .done_valid(done_valid), .done_ready(done_ready), .done_journal(done_journal), .done_slot(done_slot),
    .done_failed(done_failed),
    .cache_valid(cache_valid), .cache_taken(cache_taken), .cache_information(cache_information),
    .cache_client(cache_client), .cache_address(cache_address), .cache_data(information_reg ? information : data),
    .m_axi_awid(m_axi_awid), .m_axi_awaddr(m_axi_awaddr), .m_axi_awlen(m_axi_awlen), .m_axi_awsize(m_axi_awsize),
    .m_axi_awburst(m_axi_awburst), .m_axi_awvalid(m_axi_awvalid), .m_axi_awready(m_axi_awready),
    .m_axi_wdata(m_axi_wdata), .m_axi_wstrb(m_axi_wstrb), .m_axi_wlast(m_axi_wlast), .m_axi_wvalid(m_axi_wvalid),
    .m_axi_wready(m_axi_wready), .m_axi_bresp(m_axi_bresp), .m_axi_bvalid(m_axi_bvalid), .m_axi_bready(m_axi_bready)
);

cache_memory #(.DATA_WIDTH(DATA_WIDTH), .BEATS(4 << START_WIDTH), .READ_PORTS(1)) data_cache (
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
