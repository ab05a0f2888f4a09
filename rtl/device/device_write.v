// Write side of a storage device's disk adapter: memories of its clients to device.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"
`include "properties.vh"

/*
 * The ranges of jobs (device_write_jobs) become bursts, whose addresses, data and responses pass through three queues
 * of their own, so that data flows one beat a cycle across bursts and jobs. A job has a slot, {client, index}, which
 * names it at its end. It is done when its last response has come.
 */
module device_write #(
    parameter DATA_WIDTH = 512,
    parameter ADDRESS_WIDTH = 48,
    parameter ID_WIDTH = 4,
    parameter MAX_TRANSFER_BYTES = 16384,
    // Slots of each client
    parameter CACHE_SLOTS = 16,
    // Bursts in flight, a power of two
    parameter OUTSTANDING = 16,
    parameter SLOT_WIDTH = 2 + $clog2(CACHE_SLOTS),
    // Bits of a beat's place in the largest memory of a client
    parameter START_WIDTH = $clog2(CACHE_SLOTS * MAX_TRANSFER_BYTES * 8 / DATA_WIDTH)
) (
    input  wire                             clk,
    input  wire                             rst,

    /*
     * Ranges of jobs
     */
    input  wire                             range_valid,
    output wire                             range_ready,
    input  wire [ADDRESS_WIDTH-1:0]         range_address,
    input  wire [16:0]                      range_bytes,
    // where it begins in the memory of its client, or in that of update information
    input  wire [START_WIDTH-1:0]           range_place,
    // the job's last; update information; of a journal
    input  wire                             range_is_last,
    input  wire                             range_information,
    input  wire                             range_journal,
    // zeros, which lie in no memory
    input  wire                             range_zeros,
    input  wire [SLOT_WIDTH-1:0]            range_slot,

    /*
     * Jobs done, in order
     */
    output wire                             done_valid,
    input  wire                             done_ready,
    output wire                             done_journal,
    output wire [SLOT_WIDTH-1:0]            done_slot,
    output wire                             done_failed,

    /*
     * Memories of the clients: a beat of update information, or of a client's write data, is asked for, and taken in
     * this cycle or later; it comes with the next edge then, and holds until the next is taken
     */
    output wire                             cache_valid,
    input  wire                             cache_taken,
    output wire                             cache_information,
    output wire [1:0]                       cache_client,
    output wire [START_WIDTH-1:0]           cache_address,
    input  wire [DATA_WIDTH-1:0]            cache_data,

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
    output wire                             m_axi_bready
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_ADDRESS_WIDTH
`ML_REQUIRE(ID_WIDTH >= 1, parameter_error_ID_WIDTH_must_be_at_least_1)
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_OUTSTANDING

localparam BEAT_SHIFT = $clog2(DATA_WIDTH / 8);
localparam INDEX_WIDTH = SLOT_WIDTH - 2;
localparam META_WIDTH = SLOT_WIDTH + 4;
localparam A = ADDRESS_WIDTH;

// bursts
wire burst_valid, burst_ready, burst_last, address_room, data_room, response_room;
wire [A-1:0] burst_address;
wire [7:0]  burst_length;
wire [START_WIDTH-1:0] burst_place;
wire [META_WIDTH-1:0] burst_meta;
wire burst_information = burst_meta[0];
wire burst_job_last    = burst_meta[1] && burst_last;
wire burst_journal     = burst_meta[2];
wire burst_zeros       = burst_meta[3];
wire [SLOT_WIDTH-1:0]  burst_slot  = burst_meta[4 +: SLOT_WIDTH];

burst_splitter #(
    .DATA_WIDTH(DATA_WIDTH), .ADDRESS_WIDTH(A), .PLACE_WIDTH(START_WIDTH), .META_WIDTH(META_WIDTH)
) splitter (
    .clk(clk), .rst(rst),
    .range_valid(range_valid), .range_ready(range_ready), .range_address(range_address), .range_bytes(range_bytes),
    .range_place(range_place), .range_meta({range_slot, range_zeros, range_journal, range_is_last, range_information}),
    .burst_valid(burst_valid), .burst_ready(burst_ready), .burst_address(burst_address), .burst_length(burst_length),
    .burst_place(burst_place), .burst_last(burst_last), .burst_meta(burst_meta)
);

assign burst_ready = address_room && data_room && response_room;
wire burst_taken   = burst_valid && burst_ready;

// addresses
fifo #(.WIDTH(A + 8), .DEPTH(OUTSTANDING)) address_fifo (
    .clk(clk), .rst(rst),
    .in_data({burst_address, burst_length}), .in_valid(burst_taken), .in_ready(address_room),
    .out_data({m_axi_awaddr, m_axi_awlen}), .out_valid(m_axi_awvalid), .out_ready(m_axi_awready), .count()
);

localparam [2:0] BEAT_SIZE = BEAT_SHIFT[2:0];
assign m_axi_awid    = {ID_WIDTH{1'b0}};
assign m_axi_awsize  = BEAT_SIZE;
assign m_axi_awburst = 2'b01;

// data: a beat's place enters the cache's read register, and with it the beat leaves
wire data_valid, data_information, data_zeros;
// there is room for the next beat
wire data_free;
wire [1:0] data_client;
wire [START_WIDTH-1:0] data_start;
wire [7:0] data_length;
reg [7:0] beat_reg;
wire moves;
wire data_last = beat_reg == data_length;

fifo #(.WIDTH(4 + START_WIDTH + 8), .DEPTH(OUTSTANDING)) data_fifo (
    .clk(clk), .rst(rst),
    .in_data({burst_zeros, burst_information, burst_slot[INDEX_WIDTH +: 2], burst_place, burst_length}),
    .in_valid(burst_taken), .in_ready(data_room),
    .out_data({data_zeros, data_information, data_client, data_start, data_length}),
    .out_valid(data_valid), .out_ready(moves && data_last), .count()
);

reg       wvalid_reg;
// what leaves does not come from the cache
reg       zeros_reg;
reg       wlast_reg;
wire [START_WIDTH+7:0] data_beat = {8'd0, data_start} + {{START_WIDTH{1'b0}}, beat_reg};

assign data_free           = !wvalid_reg || m_axi_wready;
assign moves               = data_free && data_valid && (data_zeros || cache_taken);
assign cache_valid         = data_free && data_valid && !data_zeros;
assign cache_information   = data_information;
assign cache_client        = data_client;
assign cache_address       = data_beat[START_WIDTH-1:0];
assign m_axi_wvalid        = wvalid_reg;
assign m_axi_wdata         = zeros_reg ? {DATA_WIDTH{1'b0}} : cache_data;
assign m_axi_wlast         = wlast_reg;
assign m_axi_wstrb         = {DATA_WIDTH/8{1'b1}};

always @(posedge clk) begin
    if (data_free) begin
        wvalid_reg <= moves;
        wlast_reg  <= data_last;
        zeros_reg  <= data_zeros;
        if (moves)
            beat_reg <= data_last ? 8'd0 : beat_reg + 8'd1;
    end
    if (rst) begin
        wvalid_reg <= 1'b0;
        beat_reg   <= 8'd0;
    end
end

// responses
wire response_valid, response_last, response_journal;
wire [SLOT_WIDTH-1:0] response_slot;
reg  failed_reg;
wire response = m_axi_bvalid && m_axi_bready;
wire failed   = failed_reg || m_axi_bresp[1];

fifo #(.WIDTH(SLOT_WIDTH + 2), .DEPTH(OUTSTANDING)) response_fifo (
    .clk(clk), .rst(rst),
    .in_data({burst_slot, burst_journal, burst_job_last}), .in_valid(burst_taken), .in_ready(response_room),
    .out_data({response_slot, response_journal, response_last}), .out_valid(response_valid), .out_ready(response),
    .count()
);

// a job of every slot and kind fits: five for each index
fifo #(.WIDTH(SLOT_WIDTH + 2), .DEPTH(8 * CACHE_SLOTS)) done_fifo (
    .clk(clk), .rst(rst),
    .in_data({response_slot, response_journal, failed}), .in_valid(response && response_last), .in_ready(),
    .out_data({done_slot, done_journal, done_failed}), .out_valid(done_valid), .out_ready(done_ready), .count()
);

assign m_axi_bready = response_valid;

always @(posedge clk) begin
    if (response)
        failed_reg <= response_last ? 1'b0 : failed;
    if (rst)
        failed_reg <= 1'b0;
end

`ifdef ML_PROPERTIES
/*
 * Properties (make prove; docs/proofs.md)
 */
reg                  address_waiting_reg, data_waiting_reg, done_waiting_reg, asked_reg;
reg [A+7:0]          address_offered_reg;
reg [DATA_WIDTH:0]   data_offered_reg;
reg [SLOT_WIDTH+1:0] done_offered_reg;
reg [DATA_WIDTH-1:0] shown_reg;

always @(`ML_CYCLE) begin
    // ASSUMED 0: it begins with a reset
    `ML_BEGINS_WITH(rst);
    // ASSUMED 1: a range is of whole beats, at least one, of 65,536 bytes at most, and does not pass the last address
    `ML_ASSUMED(!range_valid || (range_bytes != 0 && range_bytes <= 17'd65536 && range_bytes[BEAT_SHIFT-1:0] == 0
                             && range_address[BEAT_SHIFT-1:0] == 0
                             && {1'b0, range_address} + {{A-16{1'b0}}, range_bytes} <= {1'b1, {A{1'b0}}}));
    // ASSUMED 2: a beat that was taken comes with the next edge, and holds until the next is asked for (SOURCES_1)
    `ML_ASSUMED(asked_reg || cache_data == shown_reg);
end

always @(posedge clk) begin
    address_waiting_reg <= m_axi_awvalid && !m_axi_awready;
    address_offered_reg <= {m_axi_awaddr, m_axi_awlen};
    data_waiting_reg    <= m_axi_wvalid && !m_axi_wready;
    data_offered_reg    <= {m_axi_wlast, m_axi_wdata};
    done_waiting_reg    <= done_valid && !done_ready;
    done_offered_reg    <= {done_slot, done_journal, done_failed};
    asked_reg           <= cache_valid;
    shown_reg           <= cache_data;
    if (rst) begin
        address_waiting_reg <= 1'b0;
        data_waiting_reg    <= 1'b0;
        done_waiting_reg    <= 1'b0;
    end
end

always @(`ML_CYCLE) if (!rst) begin
    // 1, 2: valid stays, and address and length, data and last hold until they are taken
    `ML_HOLDS(WRITE_1, !address_waiting_reg
                     || (m_axi_awvalid && {m_axi_awaddr, m_axi_awlen} == address_offered_reg));
    `ML_HOLDS(WRITE_2, !data_waiting_reg || (m_axi_wvalid && {m_axi_wlast, m_axi_wdata} == data_offered_reg));
    // 3: so with a job that is done
    `ML_HOLDS(WRITE_3, !done_waiting_reg
                     || (done_valid && {done_slot, done_journal, done_failed} == done_offered_reg));
end
`endif

endmodule

`resetall
