// The device side of a storage system: a disk adapter for each storage device, and the cache that they write from and
// read to.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "buses.vh"
`include "update_information.vh"
`include "parameters.vh"
`include "properties.vh"

/*
 * Jobs come from the commit stage (host writes, journals, restore) and from readers (hosts, replication). Data goes
 * between storage devices and the memories: here those of host writes, of update information, and of host reads.
 */
module device_side #(
    parameter DATA_WIDTH = 512,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter CACHE_SLOTS = 16,
    parameter READ_SLOTS = 4,
    parameter OUTSTANDING = 16,
    parameter AXI_ADDR_WIDTH = 48,
    parameter AXI_ID_WIDTH = 4,
    // Readers but the host's, and bits of the number of a reader's slot
    parameter READERS = 4,
    parameter READ_SLOT_WIDTH = 4,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS),
    parameter READ_WIDTH = $clog2(READ_SLOTS),
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH),
    // Bits of a beat's place in the largest memory that device writes come from
    parameter START_WIDTH = SLOT_WIDTH + BEAT_WIDTH,
    parameter JOB_WIDTH = 2 + SLOT_WIDTH,
    parameter POSITION_WIDTH = AXI_ADDR_WIDTH
) (
    input  wire                              clk,
    input  wire                              rst,

    /*
     * Writes: jobs, and which of them may begin
     */
    input  wire [`COMMIT_JOBS_WIDTH-1:0]     jobs,
    // update information of a journal job, without its CRC, which is made here
    input  wire [`UI_COVERED_BITS-1:0]       information,
    output wire                              crc_valid,
    output wire [31:0]                       crc,
    // another step may create a journal
    output wire                              information_room,
    input  wire [CACHE_SLOTS-1:0]            may_write,
    input  wire [CACHE_SLOTS-1:0]            may_restore,

    /*
     * Host: write data into cache; write data and data read out of it; reads
     */
    input  wire                              write_cache_enable,
    input  wire [SLOT_WIDTH+BEAT_WIDTH-1:0]  write_cache_address,
    input  wire [DATA_WIDTH-1:0]             write_cache_data,
    input  wire                              host_write_cache_valid,
    output wire                              host_write_cache_taken,
    input  wire [SLOT_WIDTH+BEAT_WIDTH-1:0]  host_write_cache_address,
    output wire [DATA_WIDTH-1:0]             host_write_cache_data,
    input  wire                              host_read_cache_enable,
    input  wire [READ_WIDTH+BEAT_WIDTH-1:0]  host_read_cache_address,
    output wire [DATA_WIDTH-1:0]             host_read_cache_data,
    input  wire [DEVICES-1:0]                device_read_valid,
    input  wire [READ_WIDTH-1:0]             device_read_slot,
    input  wire [AXI_ADDR_WIDTH-1:0]         device_read_address,
    input  wire [31:0]                       device_read_size,
    output wire [DEVICES-1:0]                device_read_done,
    output wire [DEVICES*READ_WIDTH-1:0]     device_read_done_slot,

    /*
     * Replication: reads, and the memories of journals received and restored
     */
    input  wire [`REPLICATION_READS_WIDTH-1:0] replication_reads,
    output wire [`DEVICE_BEATS_WIDTH-1:0]    device_beats,
    // beats to be written are asked for, and taken: received, restored
    output wire [DEVICES-1:0]                received_valid,
    input  wire [DEVICES-1:0]                received_taken,
    output wire [DEVICES-1:0]                restored_valid,
    input  wire [DEVICES-1:0]                restored_taken,
    output wire [DEVICES*START_WIDTH-1:0]    device_cache_address,
    input  wire [DEVICES*DATA_WIDTH-1:0]     received_data,
    input  wire [DEVICES*DATA_WIDTH-1:0]     restored_data,

    /*
     * Requests for steps: the devices' answers
     */
    output wire [2*DEVICES-1:0]              request_valid,
    input  wire [2*DEVICES-1:0]              request_taken,
    output wire [2*DEVICES*`CR_WIDTH-1:0]    request,

    /*
     * Storage devices: one AXI4 manager each
     */
    output wire [DEVICES*AXI_ID_WIDTH-1:0]   m_axi_awid,
    output wire [DEVICES*AXI_ADDR_WIDTH-1:0] m_axi_awaddr,
    output wire [DEVICES*8-1:0]              m_axi_awlen,
    output wire [DEVICES*3-1:0]              m_axi_awsize,
    output wire [DEVICES*2-1:0]              m_axi_awburst,
    output wire [DEVICES-1:0]                m_axi_awvalid,
    input  wire [DEVICES-1:0]                m_axi_awready,
    output wire [DEVICES*DATA_WIDTH-1:0]     m_axi_wdata,
    output wire [DEVICES*DATA_WIDTH/8-1:0]   m_axi_wstrb,
    output wire [DEVICES-1:0]                m_axi_wlast,
    output wire [DEVICES-1:0]                m_axi_wvalid,
    input  wire [DEVICES-1:0]                m_axi_wready,
    input  wire [DEVICES*AXI_ID_WIDTH-1:0]   m_axi_bid,
    input  wire [DEVICES*2-1:0]              m_axi_bresp,
    input  wire [DEVICES-1:0]                m_axi_bvalid,
    output wire [DEVICES-1:0]                m_axi_bready,
    output wire [DEVICES*AXI_ID_WIDTH-1:0]   m_axi_arid,
    output wire [DEVICES*AXI_ADDR_WIDTH-1:0] m_axi_araddr,
    output wire [DEVICES*8-1:0]              m_axi_arlen,
    output wire [DEVICES*3-1:0]              m_axi_arsize,
    output wire [DEVICES*2-1:0]              m_axi_arburst,
    output wire [DEVICES-1:0]                m_axi_arvalid,
    input  wire [DEVICES-1:0]                m_axi_arready,
    input  wire [DEVICES*AXI_ID_WIDTH-1:0]   m_axi_rid,
    input  wire [DEVICES*DATA_WIDTH-1:0]     m_axi_rdata,
    input  wire [DEVICES*2-1:0]              m_axi_rresp,
    input  wire [DEVICES-1:0]                m_axi_rlast,
    input  wire [DEVICES-1:0]                m_axi_rvalid,
    output wire [DEVICES-1:0]                m_axi_rready
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_DEVICES
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_READ_SLOTS
`ML_REQUIRE_OUTSTANDING
`ML_REQUIRE_AXI_ADDR_WIDTH
`ML_REQUIRE_AXI_ID_WIDTH
`ML_REQUIRE(READERS == 4, parameter_error_READERS_must_be_4)
`ML_REQUIRE_READ_SLOT_WIDTH(READ_SLOTS)

localparam W = AXI_ADDR_WIDTH;
localparam BEATS = MAX_TRANSFER_BYTES * 8 / DATA_WIDTH;
localparam READ_PLACE_WIDTH = READ_SLOT_WIDTH + BEAT_WIDTH;

`include "commit_jobs_wires.vh"
`include "replication_reads_wires.vh"
`include "device_beats_wires.vh"

assign `COMMIT_JOBS       = jobs;
assign `REPLICATION_READS = replication_reads;
assign device_beats       = `DEVICE_BEATS;

/*
 * Where what is written comes from
 */
wire [DEVICES-1:0] device_cache_valid, device_cache_taken, device_cache_information, information_begins;
wire [2*DEVICES-1:0] device_cache_client;
wire [DEVICES*DATA_WIDTH-1:0] device_cache_data;
wire [JOB_WIDTH-1:0] information_slot;

write_sources #(
    .DATA_WIDTH(DATA_WIDTH), .DEVICES(DEVICES), .SLOT_BEATS(BEATS), .BEATS(CACHE_SLOTS * BEATS),
    .JOB_SLOT_WIDTH(JOB_WIDTH), .START_WIDTH(START_WIDTH)
) write_sources_inst (
    .clk(clk), .rst(rst),
    .fill_enable(write_cache_enable), .fill_address(write_cache_address), .fill_data(write_cache_data),
    .host_valid(host_write_cache_valid), .host_taken(host_write_cache_taken), .host_address(host_write_cache_address),
    .host_data(host_write_cache_data),
    .information_room(information_room), .in_valid(journal_job_valid), .in_slot(job_slot), .in_information(information),
    .crc_valid(crc_valid), .crc(crc),
    .out_valid(information_begins), .out_slot(information_slot),
    .valid(device_cache_valid), .of_information(device_cache_information), .client(device_cache_client),
    .address(device_cache_address), .taken(device_cache_taken), .data(device_cache_data),
    .received_valid(received_valid), .received_taken(received_taken), .received_data(received_data),
    .restored_valid(restored_valid), .restored_taken(restored_taken), .restored_data(restored_data)
);

/*
 * What is to be written, range by range
 */
wire [DEVICES-1:0] range_valid, range_ready;
wire [W-1:0] range_address;
wire [16:0] range_bytes;
wire [START_WIDTH-1:0] range_place;
wire range_is_last, range_information, range_journal, range_zeros;
wire [JOB_WIDTH-1:0] range_slot;

device_write_jobs #(
    .DATA_WIDTH(DATA_WIDTH), .DEVICES(DEVICES), .ADDRESS_WIDTH(W), .CACHE_SLOTS(CACHE_SLOTS),
    .SLOT_WIDTH(JOB_WIDTH),
    .START_WIDTH(START_WIDTH)
) write_jobs (
    .clk(clk), .rst(rst),
    .slot(job_slot), .start(job_start), .size(job_size), .discard(job_discard), .volume_valid(volume_job_valid),
    .volume_address(volume_job_address), .journal_valid(journal_job_valid != 0),
    .information_address(journal_job_information_address), .data_address(journal_job_data_address),
    .head_address(journal_job_head_address), .size_before_end(journal_job_size_before_end),
    .information_valid(information_begins), .information_slot(information_slot), .may_write(may_write),
    .may_restore(may_restore),
    .range_valid(range_valid), .range_ready(range_ready), .range_address(range_address), .range_bytes(range_bytes),
    .range_place(range_place), .range_is_last(range_is_last), .range_information(range_information),
    .range_journal(range_journal), .range_zeros(range_zeros), .range_slot(range_slot)
);

/*
 * Host reads, sending and restore have one memory each for what all devices read
 */
wire [DEVICES-1:0] host_next, host_waits, send_next, send_waits, restore_next, restore_waits, host_beats;
wire [DEVICES*(READ_WIDTH+BEAT_WIDTH)-1:0] host_beat_addresses;

read_cache #(.DATA_WIDTH(DATA_WIDTH), .DEVICES(DEVICES), .BEATS(READ_SLOTS * BEATS)) read_cache_inst (
    .clk(clk), .rst(rst),
    .next(host_next), .waits(host_waits), .write_valid(host_beats), .write_address(host_beat_addresses),
    .write_data(beat_data),
    .read_enable(host_read_cache_enable), .read_address(host_read_cache_address), .read_data(host_read_cache_data)
);

device_turns #(.DEVICES(DEVICES)) send_turns (.clk(clk), .rst(rst), .next(send_next), .waits(send_waits));
device_turns #(.DEVICES(DEVICES)) restore_turns (.clk(clk), .rst(rst), .next(restore_next), .waits(restore_waits));

/*
 * Disk adapters
 */
generate
    genvar n;
    for (n = 0; n < DEVICES; n = n + 1) begin : device
        wire       next_valid;
        wire [2:0] next_client;
        assign host_next[n]    = next_valid && next_client == `ML_READ_HOST;
        assign host_beats[n]   = beat_valid[n] && beat_client[3*n +: 3] == `ML_READ_HOST;
        assign host_beat_addresses[n*(READ_WIDTH+BEAT_WIDTH) +: READ_WIDTH+BEAT_WIDTH] =
            beat_address[READ_PLACE_WIDTH*n +: READ_WIDTH+BEAT_WIDTH];
        assign send_next[n]    = next_valid && (next_client == `ML_READ_SEND || next_client == `ML_READ_SEND_ENTRIES);
        assign restore_next[n] = next_valid && (next_client == `ML_READ_RESTORE
                                                || next_client == `ML_READ_RESTORE_ENTRIES);
        assign device_read_done[n] = read_done[n] && !read_done_failed[n]
                                     && read_done_client[3*n +: 3] == `ML_READ_HOST;
        assign device_read_done_slot[n*READ_WIDTH +: READ_WIDTH] = read_done_slot[READ_SLOT_WIDTH*n +: READ_WIDTH];

        disk_adapter #(
            .DATA_WIDTH(DATA_WIDTH), .ADDRESS_WIDTH(W), .ID_WIDTH(AXI_ID_WIDTH),
            .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES),
            .CACHE_SLOTS(CACHE_SLOTS), .READ_CLIENTS(1 + READERS), .READ_SLOT_WIDTH(READ_SLOT_WIDTH),
            .OUTSTANDING(OUTSTANDING),
            .START_WIDTH(START_WIDTH)
        ) disk_adapter_inst (
            .clk(clk), .rst(rst),
            .range_valid(range_valid[n]), .range_ready(range_ready[n]), .range_address(range_address),
            .range_bytes(range_bytes), .range_place(range_place), .range_is_last(range_is_last),
            .range_information(range_information), .range_journal(range_journal), .range_zeros(range_zeros),
            .range_slot(range_slot),
            .read_valid({read_valid[READERS*n +: READERS], device_read_valid[n]}),
            .read_slot({read_slot, {READ_SLOT_WIDTH-READ_WIDTH{1'b0}}, device_read_slot}),
            .read_beat({read_beat, {BEAT_WIDTH{1'b0}}}),
            .read_address({read_address, device_read_address}),
            .read_size({read_size, device_read_size}),
            .read_next_valid(next_valid), .read_next_client(next_client),
            .read_client_waits({{2{restore_waits[n]}}, {2{send_waits[n]}}, host_waits[n]}),
            .read_done(read_done[n]), .read_done_client(read_done_client[3*n +: 3]),
            .read_done_slot(read_done_slot[READ_SLOT_WIDTH*n +: READ_SLOT_WIDTH]),
            .read_done_failed(read_done_failed[n]),
            .request_valid(request_valid[2*n +: 2]), .request_taken(request_taken[2*n +: 2]),
            .request(request[2*n*`CR_WIDTH +: 2*`CR_WIDTH]),
            .cache_valid(device_cache_valid[n]), .cache_taken(device_cache_taken[n]),
            .cache_information(device_cache_information[n]), .cache_client(device_cache_client[2*n +: 2]),
            .cache_address(device_cache_address[n*START_WIDTH +: START_WIDTH]),
            .cache_data(device_cache_data[n*DATA_WIDTH +: DATA_WIDTH]),
            .read_cache_enable(beat_valid[n]), .read_cache_client(beat_client[3*n +: 3]),
            .read_cache_address(beat_address[READ_PLACE_WIDTH*n +: READ_PLACE_WIDTH]),
            .read_cache_data(beat_data[DATA_WIDTH*n +: DATA_WIDTH]),
            .m_axi_awid(m_axi_awid[n*AXI_ID_WIDTH +: AXI_ID_WIDTH]), .m_axi_awaddr(m_axi_awaddr[n*W +: W]),
            .m_axi_awlen(m_axi_awlen[n*8 +: 8]), .m_axi_awsize(m_axi_awsize[n*3 +: 3]),
            .m_axi_awburst(m_axi_awburst[n*2 +: 2]), .m_axi_awvalid(m_axi_awvalid[n]), .m_axi_awready(m_axi_awready[n]),
            .m_axi_wdata(m_axi_wdata[n*DATA_WIDTH +: DATA_WIDTH]),
            .m_axi_wstrb(m_axi_wstrb[n*DATA_WIDTH/8 +: DATA_WIDTH/8]),
            .m_axi_wlast(m_axi_wlast[n]), .m_axi_wvalid(m_axi_wvalid[n]), .m_axi_wready(m_axi_wready[n]),
            .m_axi_bresp(m_axi_bresp[n*2 +: 2]), .m_axi_bvalid(m_axi_bvalid[n]), .m_axi_bready(m_axi_bready[n]),
            .m_axi_arid(m_axi_arid[n*AXI_ID_WIDTH +: AXI_ID_WIDTH]), .m_axi_araddr(m_axi_araddr[n*W +: W]),
            .m_axi_arlen(m_axi_arlen[n*8 +: 8]), .m_axi_arsize(m_axi_arsize[n*3 +: 3]),
            .m_axi_arburst(m_axi_arburst[n*2 +: 2]), .m_axi_arvalid(m_axi_arvalid[n]), .m_axi_arready(m_axi_arready[n]),
            .m_axi_rdata(m_axi_rdata[n*DATA_WIDTH +: DATA_WIDTH]), .m_axi_rresp(m_axi_rresp[n*2 +: 2]),
            .m_axi_rlast(m_axi_rlast[n]), .m_axi_rvalid(m_axi_rvalid[n]), .m_axi_rready(m_axi_rready[n])
        );

        `ifdef ML_PROPERTIES
        // a device has its turn when it has something to give (docs/proofs.md)
        always @(`ML_CYCLE) if (!rst) begin
            `ML_HOLDS(DEVICE_1, !next_valid || m_axi_rvalid[n]);
        end
        `endif
    end
endgenerate

endmodule

`resetall
