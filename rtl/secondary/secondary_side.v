// The secondary system's side of replication: receiving journals, and restore.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"
`include "update_information.vh"
`include "buses.vh"
`include "parameters.vh"

/*
 * journal_receive fills buffers, from which journals go to the journal volume; restore_pipe reads them there, and what
 * it has read goes to the secondary volumes.
 */
module secondary_side #(
    parameter DATA_WIDTH = 512,
    parameter GROUPS = 4,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter CACHE_SLOTS = 16,
    // Journals and bytes of write data in a packet
    parameter MAX_JOURNALS = 64,
    parameter MAX_DATA_BYTES = 65536,
    parameter POSITION_WIDTH = 48,
    // Bits of the number of a reader's slot
    parameter READ_SLOT_WIDTH = 4,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS),
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH),
    // Bits of a beat's place in the largest memory that device writes come from
    parameter START_WIDTH = SLOT_WIDTH + BEAT_WIDTH,
    parameter JOURNAL_WIDTH = $clog2(MAX_JOURNALS),
    // Bits of a beat's place in an update information
    parameter PART_WIDTH = (DATA_WIDTH < `UPDATE_INFORMATION_BITS) ? $clog2(`UPDATE_INFORMATION_BITS / DATA_WIDTH) : 1,
    parameter PACKET_BEAT_WIDTH = $clog2(MAX_DATA_BYTES * 8 / DATA_WIDTH),
    parameter READ_WIDTH = READ_SLOT_WIDTH + BEAT_WIDTH
) (
    input  wire                             clk,
    input  wire                             rst,

    /*
     * Steps: receiving (0), restore (1 to 3)
     */
    output wire [3:0]                       request_valid,
    input  wire [3:0]                       request_taken,
    output wire [4*`CR_WIDTH-1:0]           request,
    input  wire [`COMMIT_STEP_WIDTH-1:0]    step,
    // of every group
    input  wire [GROUPS-1:0]                secondary,
    // the group that is scanned for journals, and the number that it restores next
    output wire [15:0]                      scanned_group,
    input  wire [63:0]                      scanned_restore,

    /*
     * What holds until a step
     */
    output wire [`UPDATE_INFORMATION_BITS-1:0] store_information,
    output wire [31:0]                      store_data_crc,
    output wire [START_WIDTH-1:0]           store_start,
    output wire [15:0]                      answer_group,
    output wire [15:0]                      answer_source,
    output wire [15:0]                      answer_type,
    output wire [31:0]                      answer_generation,
    output wire [31:0]                      answer_tag,
    output wire [15:0]                      answer_status,
    output wire [63:0]                      answer_first_number,
    output wire                             scan_cancelled,

    /*
     * Packets that answer journal read commands
     */
    output wire                             room,
    // one found no buffer
    output wire                             packet_lost,
    input  wire                             packet_valid,
    input  wire [15:0]                      packet_source,
    input  wire [15:0]                      packet_type,
    input  wire [15:0]                      packet_group,
    input  wire [31:0]                      packet_generation,
    input  wire [31:0]                      packet_tag,
    input  wire [15:0]                      packet_status,
    input  wire [15:0]                      packet_count,
    input  wire                             information_enable,
    input  wire [JOURNAL_WIDTH-1:0]         information_index,
    input  wire [PART_WIDTH-1:0]            information_part,
    input  wire                             data_enable,
    input  wire [PACKET_BEAT_WIDTH-1:0]     data_beat,
    input  wire [DATA_WIDTH-1:0]            data,
    input  wire                             crc_enable,
    input  wire [JOURNAL_WIDTH-1:0]         crc_index,
    input  wire [31:0]                      crc,

    /*
     * Storage devices: jobs of the readers of write data (0) and of update information (1), what they read, and the
     * data of writes
     */
    output wire [2*DEVICES-1:0]             read_valid,
    output wire [2*READ_SLOT_WIDTH-1:0]     read_slot,
    output wire [2*BEAT_WIDTH-1:0]          read_beat,
    output wire [2*POSITION_WIDTH-1:0]      read_address,
    output wire [2*32-1:0]                  read_size,
    input  wire [DEVICES-1:0]               read_done,
    input  wire [DEVICES*3-1:0]             read_done_client,
    input  wire [DEVICES*READ_SLOT_WIDTH-1:0] read_done_slot,
    input  wire [DEVICES-1:0]               read_done_failed,
    input  wire [DEVICES-1:0]               beat_valid,
    input  wire [DEVICES*3-1:0]             beat_client,
    input  wire [DEVICES*READ_WIDTH-1:0]    beat_address,
    input  wire [DEVICES*DATA_WIDTH-1:0]    beat_data,
    // beats to be written are asked for, and taken
    input  wire [DEVICES-1:0]               received_valid,
    output wire [DEVICES-1:0]               received_taken,
    input  wire [DEVICES-1:0]               restored_valid,
    output wire [DEVICES-1:0]               restored_taken,
    input  wire [DEVICES*START_WIDTH-1:0]   write_address,
    output wire [DEVICES*DATA_WIDTH-1:0]    received_data,
    output wire [DEVICES*DATA_WIDTH-1:0]    restored_data,
    output wire [CACHE_SLOTS-1:0]           may_restore,

    output wire                             idle
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_GROUPS
`ML_REQUIRE_DEVICES
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_MAX_DATA_BYTES
`ML_REQUIRE_POSITION_WIDTH
`ML_REQUIRE_READ_SLOT_WIDTH(CACHE_SLOTS)
`ML_REQUIRE_TRANSFER_FITS_BATCH

localparam W = POSITION_WIDTH;
// buffers of received packets
localparam BUFFERS = (GROUPS > 3) ? GROUPS + 1 : 4;
localparam BUFFERS_WIDTH = $clog2(BUFFERS) + PACKET_BEAT_WIDTH;
// a beat's place in the memory of the journals restored: {slot, beat}, of which a device job names START_WIDTH bits
localparam RESTORED_WIDTH = SLOT_WIDTH + BEAT_WIDTH;

`ML_REQUIRE(START_WIDTH >= RESTORED_WIDTH && START_WIDTH >= BUFFERS_WIDTH,
            parameter_error_START_WIDTH_must_hold_every_place)

// who asks for steps; readers
localparam RECEIVED = 0, RESTORING = 1;
localparam RESTORE = 0, RESTORE_ENTRIES = 1;

`include "commit_step_wires.vh"

assign `COMMIT_STEP = step;

wire journal_written = step_valid && step_kind == `ML_REQUEST_JOURNAL_WRITE;
wire step_operates   = step_valid && step_kind == `ML_REQUEST_OPERATION;
wire step_fails      = step_valid && step_failed;

wire receive_idle, received_write_enable;
wire [DEVICES*BUFFERS_WIDTH-1:0] received_read_address;
wire [BUFFERS_WIDTH-1:0] received_write_address, buffer_start;
wire [DATA_WIDTH-1:0]  received_write_data;

journal_receive #(
    .DATA_WIDTH(DATA_WIDTH), .GROUPS(GROUPS), .BUFFERS(BUFFERS), .MAX_JOURNALS(MAX_JOURNALS),
    .MAX_DATA_BYTES(MAX_DATA_BYTES), .CACHE_SLOTS(CACHE_SLOTS)
) journal_receive_inst (
    .clk(clk), .rst(rst), .enable(room), .started(secondary), .lost(packet_lost), .packet_valid(packet_valid),
    .packet_source(packet_source), .packet_type(packet_type), .packet_group(packet_group),
    .packet_generation(packet_generation), .packet_tag(packet_tag), .packet_status(packet_status),
    .packet_count(packet_count), .information_enable(information_enable), .information_index(information_index),
    .information_part(information_part), .data_enable(data_enable), .data_beat(data_beat), .data(data),
    .crc_enable(crc_enable), .crc_index(crc_index), .crc(crc), .cache_write_enable(received_write_enable),
    .cache_write_address(received_write_address), .cache_write_data(received_write_data),
    .request_valid(request_valid[RECEIVED]), .request_taken(request_taken[RECEIVED]),
    .request(request[RECEIVED*`CR_WIDTH +: `CR_WIDTH]), .settled(step_settled), .answer_group(answer_group),
    .answer_source(answer_source), .answer_type(answer_type), .answer_generation(answer_generation),
    .answer_tag(answer_tag), .answer_status(answer_status), .answer_first_number(answer_first_number),
    .store_information(store_information), .store_data_crc(store_data_crc), .store_start(buffer_start),
    .step_store(step_valid && step_kind == `ML_REQUEST_STORE), .step_wanted(step_wanted), .step_stored(step_stored),
    .step_holds(step_holds), .step_yields(step_yields), .step_outcome(step_outcome),
    .step_answer(step_valid && step_kind == `ML_REQUEST_ANSWER),
    .retry(step_frees || step_fails || step_operates || step_restarts || step_settings),
    .journal_done(journal_written && step_job[15:8] == {6'd0, `ML_WRITE_RECEIVED}),
    .done_index(step_job[SLOT_WIDTH-1:0]), .idle(receive_idle)
);

assign store_start = {{START_WIDTH-BUFFERS_WIDTH{1'b0}}, buffer_start};

turn_memory #(.DATA_WIDTH(DATA_WIDTH), .BEATS(BUFFERS << PACKET_BEAT_WIDTH), .READERS(DEVICES)) received_memory (
    .clk(clk), .rst(rst),
    .write_enable(received_write_enable), .write_address(received_write_address), .write_data(received_write_data),
    .read_valid(received_valid), .read_taken(received_taken), .read_address(received_read_address),
    .read_data(received_data)
);

/*
 * Secondary system: restore
 */
wire [DEVICES-1:0] restore_done, restore_entry_done, restore_beats, restore_entry_beats;
wire restore_idle, restore_read_valid, restore_entry_valid;
wire [7:0] restore_device, restore_entry_device;
wire [DEVICES*RESTORED_WIDTH-1:0] restored_read_address;
// at most one device has a beat for restore
reg  restore_done_failed;
reg  [READ_SLOT_WIDTH-1:0] restore_done_slot;
reg  [READ_WIDTH-1:0] restore_beat_address;
reg  [DATA_WIDTH-1:0] restore_beat_data;
integer d;

always @* begin
    restore_done_failed  = 1'b0;
    restore_done_slot    = 0;
    restore_beat_address = 0;
    restore_beat_data    = 0;
    for (d = 0; d < DEVICES; d = d + 1) begin
        if (restore_done[d] || restore_entry_done[d]) begin
            restore_done_failed = read_done_failed[d];
            restore_done_slot   = restore_done_slot | read_done_slot[d*READ_SLOT_WIDTH +: READ_SLOT_WIDTH];
        end
        if (restore_beats[d] || restore_entry_beats[d]) begin
            restore_beat_address = restore_beat_address | beat_address[d*READ_WIDTH +: READ_WIDTH];
            restore_beat_data    = restore_beat_data | beat_data[d*DATA_WIDTH +: DATA_WIDTH];
        end
    end
end

restore_pipe #(
    .DATA_WIDTH(DATA_WIDTH), .GROUPS(GROUPS), .DEVICES(DEVICES), .CACHE_SLOTS(CACHE_SLOTS),
    .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .POSITION_WIDTH(W), .READ_SLOT_WIDTH(READ_SLOT_WIDTH)
) restore_pipe_inst (
    .clk(clk), .rst(rst), .request_valid(request_valid[RESTORING +: 3]), .request_taken(request_taken[RESTORING +: 3]),
    .request(request[RESTORING*`CR_WIDTH +: 3*`CR_WIDTH]), .scanned_group(scanned_group),
    .scanned_restore(scanned_restore), .wake(step_commits || step_restarts || step_operates), .started(secondary),
    .clear(step_restarts), .step_group(step_group), .step_scan(step_valid && step_kind == `ML_REQUEST_RESTORE_SCAN),
    .step_write(step_valid && step_kind == `ML_REQUEST_RESTORE_WRITE),
    .step_free(step_valid && step_kind == `ML_REQUEST_RESTORE_FREE), .step_outcome(step_outcome),
    .step_volume(step_volume), .scan_cancelled(scan_cancelled),
    .volume_done(step_valid && step_kind == `ML_REQUEST_VOLUME_WRITE && step_job[15:8] == {6'd0, `ML_WRITE_RESTORE}),
    .done_index(step_job[SLOT_WIDTH-1:0]), .done_failed(step_failed), .scan_count(restore_count),
    .scan_entry_place(restore_entry_place), .scan_device(step_journal_device), .scan_offset(step_journal_offset),
    .scan_data_head(step_data_head), .scan_area_end(step_area_end), .read_device(restore_device),
    .read_valid(restore_read_valid), .read_slot(read_slot[RESTORE*READ_SLOT_WIDTH +: READ_SLOT_WIDTH]),
    .read_beat(read_beat[RESTORE*BEAT_WIDTH +: BEAT_WIDTH]), .read_address(read_address[RESTORE*W +: W]),
    .read_size(read_size[RESTORE*32 +: 32]), .read_done(restore_done != 0), .read_done_slot(restore_done_slot),
    .read_done_failed(restore_done_failed), .entry_read_device(restore_entry_device),
    .entry_read_valid(restore_entry_valid),
    .entry_read_slot(read_slot[RESTORE_ENTRIES*READ_SLOT_WIDTH +: READ_SLOT_WIDTH]),
    .entry_read_address(read_address[RESTORE_ENTRIES*W +: W]), .entry_read_size(read_size[RESTORE_ENTRIES*32 +: 32]),
    .entry_done(restore_entry_done != 0), .entry_done_slot(restore_done_slot), .entry_done_failed(restore_done_failed),
    .entry_beat(restore_entry_beats != 0), .data_beat(restore_beats != 0), .beat_address(restore_beat_address),
    .beat_data(restore_beat_data), .may_restore(may_restore), .idle(restore_idle)
);

assign read_beat[RESTORE_ENTRIES*BEAT_WIDTH +: BEAT_WIDTH] = 0;

turn_memory #(.DATA_WIDTH(DATA_WIDTH), .BEATS(1 << RESTORED_WIDTH), .READERS(DEVICES)) restored_memory (
    .clk(clk), .rst(rst), .write_enable(restore_beats != 0),
    .write_address(restore_beat_address[RESTORED_WIDTH-1:0]), .write_data(restore_beat_data),
    .read_valid(restored_valid), .read_taken(restored_taken), .read_address(restored_read_address),
    .read_data(restored_data)
);

generate
    genvar n;
    for (n = 0; n < DEVICES; n = n + 1) begin : device
        wire [2:0] done_client = read_done_client[3*n +: 3];
        wire [2:0] client      = beat_client[3*n +: 3];

        assign read_valid[2*n +: 2]   = {restore_entry_valid && restore_entry_device == n,
                                         restore_read_valid && restore_device == n};
        assign restore_done[n]        = read_done[n] && done_client == `ML_READ_RESTORE;
        assign restore_entry_done[n]  = read_done[n] && done_client == `ML_READ_RESTORE_ENTRIES;
        assign restore_beats[n]       = beat_valid[n] && client == `ML_READ_RESTORE;
        assign restore_entry_beats[n] = beat_valid[n] && client == `ML_READ_RESTORE_ENTRIES;

        assign restored_read_address[n*RESTORED_WIDTH +: RESTORED_WIDTH]
            = write_address[n*START_WIDTH +: RESTORED_WIDTH];
        assign received_read_address[n*BUFFERS_WIDTH +: BUFFERS_WIDTH] = write_address[n*START_WIDTH +: BUFFERS_WIDTH];
    end
endgenerate

assign idle = receive_idle && restore_idle;

endmodule

`resetall
