// Last stage of the commit stage: what a step sends out, one cycle after the tables changed.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "buses.vh"
`include "parameters.vh"

module commit_output #(
    parameter DEVICES = 2,
    parameter CACHE_SLOTS = 16,
    parameter SYSTEM_NUMBER = 1,
    parameter COMMIT_TRACE = 1,
    parameter POSITION_WIDTH = 48,
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    // Bits of a device job's slot, and of a beat's place in the largest memory that device writes come from
    parameter JOB_WIDTH = 2 + $clog2(CACHE_SLOTS),
    parameter START_WIDTH = 12
) (
    input  wire                      clk,
    input  wire                      rst,
    output wire                      room,

    // CRC of the update information of a journal, in the order of the journals
    input  wire                      crc_valid,
    input  wire [31:0]               crc,

    /*
     * The step
     */
    input  wire [`COMMIT_MAPPED_WIDTH-1:0]     mapped,
    input  wire [47:0]               cycle,
    input  wire [`COMMIT_RECORD_WIDTH-1:0]     record_fields,
    // the journal or range that it is about
    input  wire [63:0]               position,
    input  wire [31:0]               size,
    input  wire [`COMMIT_RESULT_WIDTH-1:0]     result,
    // its record shows the group
    input  wire                      shows_group,
    input  wire [`COMMIT_GROUP_ROW_WIDTH-1:0]  group_row,
    input  wire [`COMMIT_VOLUME_ROW_WIDTH-1:0] volume_row,
    // a device's job: its slot, and where its data begins in memory
    input  wire [JOB_WIDTH-1:0]      slot,
    input  wire [START_WIDTH-1:0]    start,

    /*
     * The tables after the step
     */
    output wire                      output_valid,
    output wire [15:0]               after_volume,
    output wire [15:0]               after_journal_volume,
    input  wire [`COMMIT_AFTER_WIDTH-1:0]      after,

    /*
     * What goes out
     */
    output wire                      answer_valid,
    output wire [15:0]               answer_tag,
    output wire [7:0]                answer_status,
    output wire [`COMMIT_JOBS_WIDTH-1:0] jobs,
    output wire                      register_answer_valid,
    output wire [63:0]               register_answer_data,
    output wire [1:0]                register_answer_response,

    output wire [1023:0]             m_axis_commit_tdata,
    output wire                      m_axis_commit_tvalid,
    input  wire                      m_axis_commit_tready
);

`ML_REQUIRE_DEVICES
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_SYSTEM_NUMBER
`ML_REQUIRE_COMMIT_TRACE
`ML_REQUIRE_POSITION_WIDTH
`ML_REQUIRE_VOLUMES
`ML_REQUIRE_PAIRS
`ML_REQUIRE_GROUPS

localparam W = POSITION_WIDTH;

`include "commit_mapped_wires.vh"
`include "commit_row_wires.vh"
`include "commit_record_wires.vh"
`include "commit_result_wires.vh"
`include "commit_after_wires.vh"
`include "commit_jobs_wires.vh"

assign `COMMIT_MAPPED     = mapped;
assign `COMMIT_GROUP_ROW  = group_row;
assign `COMMIT_VOLUME_ROW = volume_row;
assign `COMMIT_RECORD     = record_fields;
assign `COMMIT_RESULT     = result;
assign `COMMIT_AFTER      = after;
assign jobs               = `COMMIT_JOBS;

wire [31:0] bytes = data_bytes;
// write data up to the end of its area; the rest goes to the area's head
wire [W-1:0] before_end = journal_volume_capacity - data_place;

reg valid_reg, retires_reg, answers_reg, is_register_reg, writes_volume_reg, writes_journal_reg;
reg volume_valid_reg, pair_valid_reg, group_valid_reg, journal_volume_valid_reg;
reg [7:0]  process_reg, status_reg, volume_device_reg, journal_device_reg;
reg [15:0] outcome_reg, creation_reg, tag_reg, volume_reg, pair_reg, group_reg, journal_volume_reg;
reg [47:0] cycle_reg;
reg [63:0] position_reg, reference_reg;
reg [31:0] size_reg, received_reg, size_before_end_reg;
reg [W-1:0] volume_address_reg, information_address_reg, data_address_reg, head_address_reg;
reg [JOB_WIDTH-1:0] slot_reg;
reg [START_WIDTH-1:0] start_reg;
reg [31:0] bytes_reg;
reg        discard_reg;

always @(posedge clk) begin
    valid_reg                <= valid;
    retires_reg              <= retires;
    answers_reg              <= answers;
    is_register_reg          <= is_register;
    writes_volume_reg        <= writes_volume;
    writes_journal_reg       <= writes_journal;
    if (valid) begin
        process_reg              <= process_code;
        outcome_reg              <= outcome;
        creation_reg             <= creation;
        status_reg               <= status;
        cycle_reg                <= cycle;
        tag_reg                  <= shows_tag ? step_request[`CR_TAG] : record_tag;
        position_reg             <= shows_position ? position : 64'd0;
        size_reg                 <= shows_size ? size : record_size;
        received_reg             <= record_received;
        reference_reg            <= record_reference;
        slot_reg                 <= slot;
        start_reg                <= start;
        bytes_reg                <= bytes;
        discard_reg              <= step_request[`CR_DISCARD];
        volume_reg               <= recorded_volume;
        volume_valid_reg         <= recorded_volume_valid;
        pair_reg                 <= mapped_pair;
        pair_valid_reg           <= recorded_pair_valid;
        group_valid_reg          <= shows_group;
        group_reg                <= group;
        journal_volume_reg       <= recorded_journal_volume;
        journal_volume_valid_reg <= recorded_journal_volume_valid;
        volume_device_reg        <= volume_device;
        volume_address_reg       <= volume_address;
        journal_device_reg       <= journal_volume_device;
        information_address_reg  <= journal_volume_offset + information_place;
        data_address_reg         <= journal_volume_offset + data_place;
        head_address_reg         <= journal_volume_offset + data_head;
        size_before_end_reg      <= ({{W-32{1'b0}}, bytes} < before_end) ? bytes : before_end[31:0];
    end
    if (rst) begin
        valid_reg          <= 1'b0;
        retires_reg        <= 1'b0;
        answers_reg        <= 1'b0;
        is_register_reg    <= 1'b0;
        writes_volume_reg  <= 1'b0;
        writes_journal_reg <= 1'b0;
    end
end

assign output_valid          = valid_reg;
assign after_volume         = volume_reg;
assign after_journal_volume = journal_volume_reg;

assign answer_valid  = answers_reg;
assign answer_tag    = tag_reg;
assign answer_status = status_reg;

generate
    genvar n;
    for (n = 0; n < DEVICES; n = n + 1) begin : job
        assign volume_job_valid[n]  = writes_volume_reg && volume_device_reg == n;
        assign journal_job_valid[n] = writes_journal_reg && journal_device_reg == n;
    end
endgenerate

assign volume_job_address              = volume_address_reg;
assign journal_job_information_address = information_address_reg;
assign journal_job_data_address        = data_address_reg;
assign journal_job_head_address        = head_address_reg;
assign journal_job_size_before_end     = size_before_end_reg;
assign job_slot                        = slot_reg;
assign job_start                       = start_reg;
assign job_size                        = bytes_reg;
assign job_discard                     = discard_reg;
assign register_answer_valid           = is_register_reg;
// as the record says it
assign register_answer_data            = reference_reg;
assign register_answer_response        = status_reg[1:0];

commit_record #(
    .COMMIT_TRACE(COMMIT_TRACE), .SYSTEM_NUMBER(SYSTEM_NUMBER), .PAIRS(PAIRS), .GROUPS(GROUPS), .POSITION_WIDTH(W)
) commit_record_inst (
    .clk(clk), .rst(rst), .room(room), .crc_valid(crc_valid), .crc(crc), .valid(retires_reg),
    .process_code(process_reg), .outcome(outcome_reg), .creation(creation_reg), .status(status_reg), .cycle(cycle_reg),
    .tag(tag_reg), .position(position_reg), .size(size_reg), .received(received_reg), .has_crc(journal_job_valid != 0),
    .reference(reference_reg), .volume_named(!is_register_reg), .volume(volume_reg), .volume_valid(volume_valid_reg),
    .pair_valid(pair_valid_reg), .group_valid(group_valid_reg), .pair(pair_reg), .group(group_reg),
    .journal_volume_valid(journal_volume_valid_reg), .volume_state(volume_state_after), .pair_state(pair_state_after),
    .group_state(group_state_after), .reason(group_reason_after), .journal_volume_state(journal_volume_state_after),
    .update_number(update_number_after), .copy_complete_address(copy_complete_address_after),
    .data_offset(data_offset_after), .pointers(pointers_after), .m_axis_commit_tdata(m_axis_commit_tdata),
    .m_axis_commit_tvalid(m_axis_commit_tvalid), .m_axis_commit_tready(m_axis_commit_tready)
);

endmodule

`resetall
