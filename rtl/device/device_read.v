// Read side of a storage device's disk adapter: device to its readers' slots.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"
`include "properties.vh"

/*
 * Reads are jobs of one range, of whole units of 64 bytes. Every client has slots of its own for their data, reserved
 * before a job comes, so that the device is never held up; a queue of its own, with room for a job in each of its
 * slots; and its turn. A client's jobs are done in their order. A job may begin inside its slot, and run on into the
 * slots behind it.
 */
module device_read #(
    parameter DATA_WIDTH = 512,
    parameter ADDRESS_WIDTH = 48,
    parameter ID_WIDTH = 4,
    // Bytes of a slot, a power of two
    parameter MAX_TRANSFER_BYTES = 16384,
    // Who reads; ML_READ_* names them
    parameter CLIENTS = 5,
    // Bits of a slot number
    parameter SLOT_WIDTH = 4,
    // Bursts in flight, a power of two
    parameter OUTSTANDING = 16,
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH)
) (
    input  wire                             clk,
    input  wire                             rst,

    // jobs, one part of each vector a client; `read_beat` is where in its slot the data begins
    input  wire [CLIENTS-1:0]               read_valid,
    input  wire [CLIENTS*SLOT_WIDTH-1:0]    read_slot,
    input  wire [CLIENTS*BEAT_WIDTH-1:0]    read_beat,
    input  wire [CLIENTS*ADDRESS_WIDTH-1:0] read_address,
    input  wire [CLIENTS*32-1:0]            read_size,

    // there is a beat, and whose it is; clients whose beats wait in this cycle
    output wire                             next_valid,
    output wire [2:0]                       next_client,
    input  wire [CLIENTS-1:0]               client_waits,

    // all data of a job has come, or its last beat of any after an error; client and slot in which the job begins hold
    // from its first beat on
    output wire                             done,
    output wire [2:0]                       done_client,
    output wire [SLOT_WIDTH-1:0]            done_slot,
    output wire                             done_failed,

    // a beat of a client's slots; an error's beats come, too, with any content
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
`ML_REQUIRE(`ML_IN_RANGE(CLIENTS, 2, 8), parameter_error_CLIENTS_must_be_2_to_8)
`ML_REQUIRE(`ML_IN_RANGE(SLOT_WIDTH, 1, 5), parameter_error_SLOT_WIDTH_must_be_1_to_5)
`ML_REQUIRE_OUTSTANDING

localparam BEAT_SHIFT = $clog2(DATA_WIDTH / 8);
localparam A = ADDRESS_WIDTH;
localparam PLACE_WIDTH = SLOT_WIDTH + BEAT_WIDTH;
localparam CLIENT_WIDTH = $clog2(CLIENTS);
// jobs are of whole units of 64 bytes, the size of update information: bits of its number of bytes, and of a unit's
// number in a slot
localparam UNIT_SHIFT = 6;
localparam UNIT_BITS = $clog2(MAX_TRANSFER_BYTES) - UNIT_SHIFT;
localparam JOB_WIDTH = SLOT_WIDTH + UNIT_BITS + (A - UNIT_SHIFT) + (17 - UNIT_SHIFT);

/*
 * Jobs: a client's turn is chosen while the one before it has its own, so the widest choice is of a registered client
 */
wire [CLIENTS-1:0]           job_valid, job_taken;
wire [CLIENTS*JOB_WIDTH-1:0] jobs;
wire                         range_valid, range_ready;
wire [CLIENT_WIDTH-1:0]      turn;
wire [SLOT_WIDTH-1:0]        range_slot;
wire [UNIT_BITS-1:0]         range_unit;
wire [A-UNIT_SHIFT-1:0]      range_address;
wire [16-UNIT_SHIFT:0]       range_size;

generate
    genvar n;
    for (n = 0; n < CLIENTS; n = n + 1) begin : client
        assign job_taken[n] = range_valid && range_ready && turn == n;

        fifo #(.WIDTH(JOB_WIDTH), .DEPTH(1 << SLOT_WIDTH)) job_fifo (
            .clk(clk), .rst(rst),
            .in_data({read_slot[n*SLOT_WIDTH +: SLOT_WIDTH],
                      read_beat[n*BEAT_WIDTH + BEAT_WIDTH - UNIT_BITS +: UNIT_BITS],
                      read_address[n*A + UNIT_SHIFT +: A - UNIT_SHIFT],
                      read_size[n*32 + UNIT_SHIFT +: 17 - UNIT_SHIFT]}),
            .in_valid(read_valid[n]), .in_ready(), .out_data(jobs[n*JOB_WIDTH +: JOB_WIDTH]), .out_valid(job_valid[n]),
            .out_ready(job_taken[n]), .count()
        );
    end
endgenerate

slot_turns #(.SLOTS(CLIENTS)) turns (
    .clk(clk), .rst(rst), .ready(job_valid), .valid(range_valid), .slot(turn), .ends(range_valid && range_ready)
);

assign {range_slot, range_unit, range_address, range_size} = jobs[turn*JOB_WIDTH +: JOB_WIDTH];

/*
 * Bursts
 */
wire burst_valid, burst_ready, burst_last, address_room, response_room;
wire [A-1:0] burst_address;
wire [7:0] burst_length;
wire [CLIENT_WIDTH-1:0] burst_client;
wire [SLOT_WIDTH-1:0] burst_slot;
wire [PLACE_WIDTH-1:0] burst_place;

burst_splitter #(
    .DATA_WIDTH(DATA_WIDTH), .ADDRESS_WIDTH(A), .PLACE_WIDTH(PLACE_WIDTH), .META_WIDTH(CLIENT_WIDTH + SLOT_WIDTH)
) splitter (
    .clk(clk), .rst(rst),
    .range_valid(range_valid), .range_ready(range_ready), .range_address({range_address, {UNIT_SHIFT{1'b0}}}),
    .range_bytes({range_size, {UNIT_SHIFT{1'b0}}}),
    .range_place({range_slot, range_unit, {BEAT_WIDTH-UNIT_BITS{1'b0}}}),
    .range_meta({turn, range_slot}),
    .burst_valid(burst_valid), .burst_ready(burst_ready), .burst_address(burst_address), .burst_length(burst_length),
    .burst_place(burst_place), .burst_last(burst_last), .burst_meta({burst_client, burst_slot})
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

/*
 * Data
 */
wire response_valid, response_last;
wire [CLIENT_WIDTH-1:0] response_client;
wire [SLOT_WIDTH-1:0] response_slot;
wire [PLACE_WIDTH-1:0] response_place;

fifo #(.WIDTH(CLIENT_WIDTH + SLOT_WIDTH + PLACE_WIDTH + 1), .DEPTH(OUTSTANDING)) response_fifo (
    .clk(clk), .rst(rst),
    .in_data({burst_client, burst_slot, burst_place, burst_last}), .in_valid(burst_taken), .in_ready(response_room),
    .out_data({response_client, response_slot, response_place, response_last}), .out_valid(response_valid),
    .out_ready(m_axi_rvalid && m_axi_rready && m_axi_rlast), .count()
);

reg [PLACE_WIDTH-1:0] beat_reg;
reg                   failed_reg;
wire beat     = m_axi_rvalid && m_axi_rready;
wire failed   = failed_reg || m_axi_rresp[1];
wire read_end = beat && m_axi_rlast && response_last;

assign next_valid          = response_valid && m_axi_rvalid;
assign next_client         = {{3-CLIENT_WIDTH{1'b0}}, response_client};
assign m_axi_rready        = response_valid && !client_waits[response_client];
assign cache_write_enable  = beat;
assign cache_write_client  = next_client;
assign cache_write_address = response_place + beat_reg;
assign cache_write_data    = m_axi_rdata;
assign done                = read_end;
assign done_client         = next_client;
assign done_slot           = response_slot;
assign done_failed         = failed;

always @(posedge clk) begin
    if (beat) begin
        beat_reg   <= m_axi_rlast ? {PLACE_WIDTH{1'b0}} : beat_reg + 1'b1;
        failed_reg <= read_end ? 1'b0 : failed;
    end
    if (rst) begin
        beat_reg   <= 0;
        failed_reg <= 1'b0;
    end
end

`ifdef ML_PROPERTIES
/*
 * Properties (make prove; docs/proofs.md)
 */
reg         waiting_reg;
reg [A+7:0] offered_reg;

always @(`ML_CYCLE) begin
    // ASSUMED 0: it begins with a reset
    `ML_BEGINS_WITH(rst);
    // ASSUMED 1: a range is not empty, and does not pass the last address
    `ML_ASSUMED(!range_valid || (range_size != 0 && range_size <= 11'd1024
                             && {1'b0, range_address} + {{A-UNIT_SHIFT-10{1'b0}}, range_size}
                                <= {1'b1, {A-UNIT_SHIFT{1'b0}}}));
end

always @(posedge clk) begin
    waiting_reg <= m_axi_arvalid && !m_axi_arready && !rst;
    offered_reg <= {m_axi_araddr, m_axi_arlen};
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: valid stays, and address and length hold until they are taken
    `ML_HOLDS(FETCH_1, !waiting_reg || (m_axi_arvalid && {m_axi_araddr, m_axi_arlen} == offered_reg));
end
`endif

endmodule

`resetall
