// The host side of a storage system: from the host port to the cache and back.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "buses.vh"
`include "parameters.vh"

/*
 * The host adapter takes commands and write data; the oldest command asks for its step, in which it enters the cache,
 * is read or waits as a flush. The cache directory knows which host write waits for which.
 */
module host_side #(
    parameter DATA_WIDTH = 512,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter CACHE_SLOTS = 16,
    parameter READ_SLOTS = 4,
    // Reads of write data to be sent in flight
    parameter SEND_SLOTS = 16,
    parameter FLUSHES = 4,
    // Host commands that wait
    parameter COMMANDS = 16,
    parameter POSITION_WIDTH = 48,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS),
    parameter READ_WIDTH = $clog2(READ_SLOTS),
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH)
) (
    input  wire                              clk,
    input  wire                              rst,
    input  wire [63:0]                       time_ns,

    /*
     * Host port
     */
    input  wire                              s_host_command_valid,
    output wire                              s_host_command_ready,
    input  wire [7:0]                        s_host_command_opcode,
    input  wire [15:0]                       s_host_command_tag,
    input  wire [15:0]                       s_host_command_volume,
    input  wire [63:0]                       s_host_command_position,
    input  wire [31:0]                       s_host_command_size,

    input  wire [DATA_WIDTH-1:0]             s_axis_write_tdata,
    input  wire                              s_axis_write_tvalid,
    output wire                              s_axis_write_tready,
    input  wire                              s_axis_write_tlast,

    output wire [DATA_WIDTH-1:0]             m_axis_read_tdata,
    output wire [15:0]                       m_axis_read_tid,
    output wire                              m_axis_read_tvalid,
    input  wire                              m_axis_read_tready,
    output wire                              m_axis_read_tlast,

    output wire                              m_host_response_valid,
    input  wire                              m_host_response_ready,
    output wire [15:0]                       m_host_response_tag,
    output wire [7:0]                        m_host_response_status,

    /*
     * Steps: requests of the oldest command (0) and of flushes that are due (1), what becomes of them, answers
     */
    output wire [1:0]                        request_valid,
    input  wire [1:0]                        request_taken,
    output wire [2*`CR_WIDTH-1:0]            request,
    input  wire [`COMMIT_STEP_WIDTH-1:0]     step,
    input  wire                              answer_valid,
    input  wire [15:0]                       answer_tag,
    input  wire [7:0]                        answer_status,
    // what cache slots and reads hold
    input  wire [SLOT_WIDTH-1:0]             lookup_slot,
    output wire [`COMMIT_LOOKUP_WIDTH-1:0]   lookup,
    input  wire [READ_WIDTH-1:0]             lookup_read,

    /*
     * Cache directory: unfinished writes that the step's range overlaps; the other way round, reads of data to be sent
     * that writes wait for; writes that may go to their devices
     */
    output wire [CACHE_SLOTS-1:0]            overlapping_writes,
    input  wire [SEND_SLOTS-1:0]             overlapping_sends,
    input  wire [SEND_SLOTS-1:0]             sends_done,
    output wire [CACHE_SLOTS-1:0]            may_write,

    /*
     * Cache: write data in; write data and what devices have read out
     */
    output wire                              write_cache_enable,
    output wire [SLOT_WIDTH+BEAT_WIDTH-1:0]  write_cache_address,
    output wire [DATA_WIDTH-1:0]             write_cache_data,
    output wire                              host_write_cache_valid,
    input  wire                              host_write_cache_taken,
    output wire [SLOT_WIDTH+BEAT_WIDTH-1:0]  host_write_cache_address,
    input  wire [DATA_WIDTH-1:0]             host_write_cache_data,
    output wire                              host_read_cache_enable,
    output wire [READ_WIDTH+BEAT_WIDTH-1:0]  host_read_cache_address,
    input  wire [DATA_WIDTH-1:0]             host_read_cache_data,

    /*
     * Reads of storage devices
     */
    output wire [DEVICES-1:0]                device_read_valid,
    output wire [READ_WIDTH-1:0]             device_read_slot,
    output wire [POSITION_WIDTH-1:0]         device_read_address,
    output wire [31:0]                       device_read_size,
    input  wire [DEVICES-1:0]                device_read_done,
    input  wire [DEVICES*READ_WIDTH-1:0]     device_read_done_slot,

    // nothing was in flight in the cycle before, nor entered in it
    output reg                               idle
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_DEVICES
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_READ_SLOTS
`ML_REQUIRE_SEND_SLOTS
`ML_REQUIRE_FLUSHES
`ML_REQUIRE(`ML_POWER_OF_TWO(COMMANDS, 2, 64), parameter_error_COMMANDS_must_be_a_power_of_two_from_2_to_64)
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;

`include "commit_step_wires.vh"
`include "commit_lookup_wires.vh"

assign `COMMIT_STEP = step;
assign lookup       = `COMMIT_LOOKUP;

wire [SLOT_WIDTH-1:0] step_slot = step_job[SLOT_WIDTH-1:0];

// slots that hold a discard's zeros
reg [CACHE_SLOTS-1:0] discards_reg;
assign lookup_discard = discards_reg[lookup_slot];

/*
 * Commands and answers
 */
wire [CACHE_SLOTS-1:0] slot_busy, of_volume, needed_slots;
// bits of the number of a block among twice as many as the largest transfer has
localparam BLOCK_BITS = (MAX_TRANSFER_BYTES > 512) ? $clog2(MAX_TRANSFER_BYTES / 512) + 1 : 2;
wire [CACHE_SLOTS*BLOCK_BITS-1:0] blocks, sizes;
wire slot_reserve, command_valid, command_stored, adapter_idle, directory_idle, read_idle, flush_idle;
wire [SLOT_WIDTH-1:0] slot, command_slot;
wire [CACHE_SLOTS*CACHE_SLOTS-1:0] newer;
wire [7:0] command_opcode;
wire [15:0] command_tag, command_volume;
wire [63:0] command_position, command_time;
wire [31:0] command_size, command_received, command_crc;
wire read_free, flush_free, answer_room, command_taken;

host_adapter #(
    .DATA_WIDTH(DATA_WIDTH), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CACHE_SLOTS(CACHE_SLOTS), .COMMANDS(COMMANDS)
) host_adapter_inst (
    .clk(clk), .rst(rst), .time_ns(time_ns),
    .s_host_command_valid(s_host_command_valid), .s_host_command_ready(s_host_command_ready),
    .s_host_command_opcode(s_host_command_opcode), .s_host_command_tag(s_host_command_tag),
    .s_host_command_volume(s_host_command_volume), .s_host_command_position(s_host_command_position),
    .s_host_command_size(s_host_command_size), .answer_room(answer_room), .command_taken(command_taken),
    .s_axis_write_tdata(s_axis_write_tdata), .s_axis_write_tvalid(s_axis_write_tvalid),
    .s_axis_write_tready(s_axis_write_tready), .s_axis_write_tlast(s_axis_write_tlast),
    .slot_busy(slot_busy), .slot_reserve(slot_reserve), .slot(slot),
    .cache_write_enable(write_cache_enable), .cache_write_address(write_cache_address),
    .cache_write_data(write_cache_data),
    .command_valid(command_valid), .command_done(command_done), .command_opcode(command_opcode),
    .command_tag(command_tag),
    .command_volume(command_volume), .command_position(command_position), .command_size(command_size),
    .command_time(command_time), .command_stored(command_stored), .command_slot(command_slot),
    .command_received(command_received), .command_crc(command_crc), .idle(adapter_idle)
);

command_request #(.CACHE_SLOTS(CACHE_SLOTS)) command_request_inst (
    .clk(clk), .rst(rst),
    .command_valid(command_valid), .command_opcode(command_opcode), .command_tag(command_tag),
    .command_volume(command_volume), .command_position(command_position), .command_size(command_size),
    .command_time(command_time), .command_stored(command_stored), .command_slot(command_slot),
    .command_received(command_received), .command_crc(command_crc),
    .read_free(read_free), .flush_free(flush_free), .freed(step_frees || step_settings),
    .request_valid(request_valid[0]), .request_taken(request_taken[0]), .request(request[`CR_WIDTH-1:0]),
    .command_done(command_done), .command_stalls(command_stalls), .command_watch_time(command_watch_time)
);

wire answers_idle, read_answer_valid, read_answer_ready;
wire [15:0] read_answer_tag;
wire [7:0] read_answer_status;

host_answers host_answers_inst (
    .clk(clk), .rst(rst),
    .room(answer_room), .command_taken(command_taken), .commit_valid(answer_valid), .commit_tag(answer_tag),
    .commit_status(answer_status),
    .read_valid(read_answer_valid), .read_ready(read_answer_ready), .read_tag(read_answer_tag),
    .read_status(read_answer_status),
    .m_host_response_valid(m_host_response_valid), .m_host_response_ready(m_host_response_ready),
    .m_host_response_tag(m_host_response_tag), .m_host_response_status(m_host_response_status), .idle(answers_idle)
);

/*
 * Cache directory: slots of host writes, reads of hosts and of data to be sent
 */
wire [SEND_SLOTS+READ_SLOTS-1:0] overlapping_reads, reads_done;

assign overlapping_reads[READ_SLOTS +: SEND_SLOTS] = overlapping_sends;
assign reads_done[READ_SLOTS +: SEND_SLOTS]        = sends_done;

cache_directory #(
    .CACHE_SLOTS(CACHE_SLOTS), .READ_SLOTS(SEND_SLOTS + READ_SLOTS), .POSITION_WIDTH(W), .BLOCK_BITS(BLOCK_BITS)
) cache_directory_inst (
    .clk(clk), .rst(rst),
    .reserve(slot_reserve), .reserve_slot(slot), .slot_busy(slot_busy),
    .volume(step_volume), .position(step_position), .size(step_size), .overlapping(overlapping_writes),
    .of_volume(of_volume),
    .enter(write_enters), .refuse(write_refused), .slot(step_slot), .journaled(step_journaled), .order(step_order),
    .update_number(step_update_number), .overlapping_reads(overlapping_reads), .reads_done(reads_done),
    .needed_by_reads(needed_slots),
    .volume_done(volume_write_done), .journal_done(journal_write_done), .done_slot(step_slot),
    .may_write(may_write), .idle(directory_idle),
    .lookup_slot(lookup_slot), .lookup_volume(lookup_volume), .lookup_position(lookup_position),
    .lookup_size(lookup_size),
    .lookup_journaled(lookup_journaled), .lookup_order(lookup_order), .lookup_update_number(lookup_update_number),
    .blocks(blocks), .sizes(sizes), .newer(newer)
);

/*
 * Reads and flushes
 */
host_read #(
    .DATA_WIDTH(DATA_WIDTH), .DEVICES(DEVICES), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CACHE_SLOTS(CACHE_SLOTS),
    .READ_SLOTS(READ_SLOTS), .POSITION_WIDTH(W)
) host_read_inst (
    .clk(clk), .rst(rst),
    .read_free(read_free), .take(read_taken), .tag(step_tag), .volume(step_volume), .position(step_position),
    .size(step_size), .order(step_order), .device(step_device[(DEVICES > 1 ? $clog2(DEVICES) : 1)-1:0]),
    .device_address(step_address),
    .overlapping_writes(overlapping_writes),
    .overlapping_reads(overlapping_reads[READ_SLOTS-1:0]), .reads_done(reads_done[READ_SLOTS-1:0]),
    .needed_slots(needed_slots),
    .blocks(blocks), .sizes(sizes), .newer(newer),
    .device_read_valid(device_read_valid), .device_read_slot(device_read_slot),
    .device_read_address(device_read_address),
    .device_read_size(device_read_size), .device_read_done(device_read_done),
    .device_read_done_slot(device_read_done_slot),
    .failed(read_failed), .failed_slot(step_job[READ_WIDTH-1:0]),
    .lookup_slot(lookup_read), .lookup_volume(lookup_read_volume), .lookup_position(lookup_read_position),
    .lookup_size(lookup_read_size),
    .lookup_order(lookup_read_order),
    .write_cache_valid(host_write_cache_valid), .write_cache_taken(host_write_cache_taken),
    .write_cache_address(host_write_cache_address), .write_cache_data(host_write_cache_data),
    .read_cache_enable(host_read_cache_enable), .read_cache_address(host_read_cache_address),
    .read_cache_data(host_read_cache_data),
    .m_axis_read_tdata(m_axis_read_tdata), .m_axis_read_tid(m_axis_read_tid), .m_axis_read_tvalid(m_axis_read_tvalid),
    .m_axis_read_tready(m_axis_read_tready),
    .m_axis_read_tlast(m_axis_read_tlast),
    .response_valid(read_answer_valid), .response_ready(read_answer_ready), .response_tag(read_answer_tag),
    .response_status(read_answer_status), .idle(read_idle)
);

// a write with FUA waits as a flush does, for itself alone
localparam [CACHE_SLOTS-1:0] ONE_SLOT = 1;
wire fua_enters = write_enters && command_opcode[`ML_OPCODE_FUA];

host_flush #(.FLUSHES(FLUSHES), .CACHE_SLOTS(CACHE_SLOTS)) host_flush_inst (
    .clk(clk), .rst(rst),
    .flush_free(flush_free), .take(flush_taken || fua_enters), .tag(step_tag), .volume(step_volume), .order(step_order),
    .unfinished(fua_enters ? ONE_SLOT << step_slot : of_volume),
    .volume_done(volume_write_done), .volume_failed(step_failed), .done_slot(step_slot),
    .request_valid(request_valid[1]), .request_taken(request_taken[1]), .request(request[`CR_WIDTH +: `CR_WIDTH]),
    .idle(flush_idle)
);

wire empty = adapter_idle && directory_idle && read_idle && flush_idle && answers_idle;

always @(posedge clk) begin
    idle <= empty && !command_taken && !answer_valid && !rst;
    if (write_enters)
        discards_reg[step_slot] <= (command_opcode & ~(8'd1 << `ML_OPCODE_FUA)) == `ML_OPCODE_DISCARD;
end

endmodule

`resetall
