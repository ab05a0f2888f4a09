// Write side of a storage device's disk adapter: cache slots to device.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "update_information.vh"

/*
 * Two queues of jobs, taken in turn: volume writes (one range) and journals (update information, then write data in one or two
 * ranges). Ranges become bursts, whose addresses, data and responses pass through three queues of their own, so that data
 * flows one beat a cycle across bursts and jobs. A job is done when its last response has come.
 */
module device_write #(
    parameter DATA_WIDTH = 512,
    parameter ADDRESS_WIDTH = 48,
    parameter ID_WIDTH = 4,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter CACHE_SLOTS = 16,
    // Bursts under way, a power of two
    parameter OUTSTANDING = 16,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS),
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH)
) (
    input  wire                             clk,
    input  wire                             rst,

    /*
     * Jobs; a queue holds one of every slot
     */
    input  wire                             volume_valid,
    input  wire [SLOT_WIDTH-1:0]            volume_slot,
    input  wire [ADDRESS_WIDTH-1:0]         volume_address,
    input  wire [31:0]                      volume_size,
    // slots whose volume write may start
    input  wire [CACHE_SLOTS-1:0]           may_write,

    input  wire                             journal_valid,
    input  wire [SLOT_WIDTH-1:0]            journal_slot,
    input  wire [ADDRESS_WIDTH-1:0]         journal_information_address,
    input  wire [ADDRESS_WIDTH-1:0]         journal_data_address,
    // where write data goes on after the area's end
    input  wire [ADDRESS_WIDTH-1:0]         journal_head_address,
    input  wire [31:0]                      journal_size,
    input  wire [31:0]                      journal_size_before_end,

    /*
     * Jobs done, in order
     */
    output wire                             done_valid,
    input  wire                             done_ready,
    output wire                             done_journal,
    output wire [SLOT_WIDTH-1:0]            done_slot,
    output wire                             done_failed,

    /*
     * Cache
     */
    output wire                             cache_enable,
    output wire [SLOT_WIDTH+BEAT_WIDTH-1:0] cache_address,
    input  wire [DATA_WIDTH-1:0]            cache_data,
    output wire [SLOT_WIDTH-1:0]            information_address,
    input  wire [`UPDATE_INFORMATION_BITS-1:0] information_data,

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

localparam BEAT_SHIFT = $clog2(DATA_WIDTH / 8);
localparam META_WIDTH = SLOT_WIDTH + 3;
localparam A = ADDRESS_WIDTH;

// jobs waiting
wire v_valid, v_done, j_valid, j_done;
wire [SLOT_WIDTH-1:0] v_slot, j_slot;
wire [A-1:0] v_address, j_information, j_data, j_head;
wire [31:0] v_size, j_size, j_before_end;

fifo #(.WIDTH(SLOT_WIDTH + A + 32), .DEPTH(CACHE_SLOTS)) volume_fifo (
    .clk(clk), .rst(rst),
    .in_data({volume_slot, volume_address, volume_size}), .in_valid(volume_valid), .in_ready(),
    .out_data({v_slot, v_address, v_size}), .out_valid(v_valid), .out_ready(v_done), .count()
);

fifo #(.WIDTH(SLOT_WIDTH + 3*A + 64), .DEPTH(CACHE_SLOTS)) journal_fifo (
    .clk(clk), .rst(rst),
    .in_data({journal_slot, journal_information_address, journal_data_address, journal_head_address, journal_size,
              journal_size_before_end}),
    .in_valid(journal_valid), .in_ready(),
    .out_data({j_slot, j_information, j_data, j_head, j_size, j_before_end}),
    .out_valid(j_valid), .out_ready(j_done), .count()
);

// ranges of the job in turn
// 0 first, 1 write data, 2 the rest of it
localparam [1:0] FIRST = 2'd0, DATA = 2'd1;
reg [1:0] range_reg;
reg       journal_turn_reg;

wire v_ready = v_valid && may_write[v_slot];
wire journal = range_reg != FIRST || (j_valid && (journal_turn_reg || !v_ready));
wire split   = j_before_end != j_size;

wire range_valid = journal || v_ready;
wire range_ready;
reg [A-1:0] range_address;
reg [31:0]  range_bytes;
reg [31:0]  range_offset;
reg         range_is_last;

always @* begin
    range_address = v_address;
    range_bytes   = v_size;
    range_offset  = 32'd0;
    range_is_last = 1'b1;
    if (journal) begin
        case (range_reg)
            FIRST: begin
                range_address = j_information;
                range_bytes   = `UPDATE_INFORMATION_BYTES;
                range_is_last = 1'b0;
            end
            DATA: begin
                range_address = j_data;
                range_bytes   = j_before_end;
                range_is_last = !split;
            end
            default: begin
                range_address = j_head;
                range_bytes   = j_size - j_before_end;
                range_offset  = j_before_end;
            end
        endcase
    end
end

wire range_taken = range_valid && range_ready;
assign j_done = range_taken && journal && range_is_last;
assign v_done = range_taken && !journal;

always @(posedge clk) begin
    if (range_taken) begin
        journal_turn_reg <= !journal;
        if (journal)
            range_reg <= range_is_last ? FIRST : range_reg + 2'd1;
    end
    if (rst) begin
        range_reg        <= FIRST;
        journal_turn_reg <= 1'b0;
    end
end

// bursts
wire burst_valid, burst_ready, burst_last, address_room, data_room, response_room;
wire [A-1:0] burst_address;
wire [7:0]  burst_length;
wire [31:0] burst_offset;
wire [META_WIDTH-1:0] burst_meta;
wire burst_information = burst_meta[0];
wire burst_job_last    = burst_meta[1] && burst_last;
wire burst_journal     = burst_meta[2];
wire [SLOT_WIDTH-1:0] burst_slot = burst_meta[3 +: SLOT_WIDTH];

burst_splitter #(.DATA_WIDTH(DATA_WIDTH), .ADDRESS_WIDTH(A), .META_WIDTH(META_WIDTH)) splitter (
    .clk(clk), .rst(rst),
    .range_valid(range_valid), .range_ready(range_ready), .range_address(range_address), .range_bytes(range_bytes),
    .range_offset(range_offset), .range_meta({journal ? j_slot : v_slot, journal, range_is_last, journal && range_reg == FIRST}),
    .burst_valid(burst_valid), .burst_ready(burst_ready), .burst_address(burst_address), .burst_length(burst_length),
    .burst_offset(burst_offset), .burst_last(burst_last), .burst_meta(burst_meta)
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
wire data_valid, data_information;
wire [SLOT_WIDTH-1:0] data_slot;
wire [BEAT_WIDTH-1:0] data_start;
wire [7:0] data_length;

fifo #(.WIDTH(1 + SLOT_WIDTH + BEAT_WIDTH + 8), .DEPTH(OUTSTANDING)) data_fifo (
    .clk(clk), .rst(rst),
    .in_data({burst_information, burst_slot, burst_offset[BEAT_SHIFT +: BEAT_WIDTH], burst_length}),
    .in_valid(burst_taken), .in_ready(data_room),
    .out_data({data_information, data_slot, data_start, data_length}),
    .out_valid(data_valid), .out_ready(cache_enable && data_last), .count()
);

reg [7:0] beat_reg;
reg       wvalid_reg;
reg       wlast_reg;
reg       information_reg;
wire data_last = beat_reg == data_length;
wire [BEAT_WIDTH+7:0] data_beat = {8'd0, data_start} + {{BEAT_WIDTH{1'b0}}, beat_reg};

assign cache_enable        = !wvalid_reg || m_axi_wready;
assign cache_address       = {data_slot, data_beat[BEAT_WIDTH-1:0]};
assign information_address = data_slot;
assign m_axi_wvalid        = wvalid_reg;
assign m_axi_wlast         = wlast_reg;
assign m_axi_wstrb         = {DATA_WIDTH/8{1'b1}};

generate
    if (DATA_WIDTH == `UPDATE_INFORMATION_BITS) begin : whole
        assign m_axi_wdata = information_reg ? information_data : cache_data;
    end else begin : part
        localparam PART_WIDTH = $clog2(`UPDATE_INFORMATION_BITS / DATA_WIDTH);
        reg [PART_WIDTH-1:0] part_reg;
        wire [DATA_WIDTH-1:0] information_part = information_data[part_reg*DATA_WIDTH +: DATA_WIDTH];

        always @(posedge clk)
            if (cache_enable)
                part_reg <= beat_reg[PART_WIDTH-1:0];

        assign m_axi_wdata = information_reg ? information_part : cache_data;
    end
endgenerate

always @(posedge clk) begin
    if (cache_enable) begin
        wvalid_reg           <= data_valid;
        wlast_reg            <= data_last;
        information_reg      <= data_information;
        if (data_valid)
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
    .out_data({response_slot, response_journal, response_last}), .out_valid(response_valid), .out_ready(response), .count()
);

// a job of every slot and kind fits
fifo #(.WIDTH(SLOT_WIDTH + 2), .DEPTH(2*CACHE_SLOTS)) done_fifo (
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

endmodule

`resetall
