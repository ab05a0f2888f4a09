// The commit stage's `change`: what the processes decided in the cycle before is put together, and changes the tables.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"
`include "update_information.vh"
`include "buses.vh"
`include "parameters.vh"
`include "properties.vh"

/*
 * Holds the step, its rows and what was decided. What steps right before it may have changed of the group meanwhile
 * comes from the tables anew (`latest`): its numbers, and where its next journal goes.
 */
module commit_change #(
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    parameter POSITION_WIDTH = 48,
    parameter START_WIDTH = 12,
    // Bits of a cache slot, of a device job's slot, of a beat's place in a slot
    parameter SLOT_WIDTH = 4,
    parameter JOB_WIDTH = 2 + SLOT_WIDTH,
    parameter BEAT_WIDTH = 8
) (
    input  wire                      clk,
    input  wire                      rst,

    /*
     * The step that decides
     */
    input  wire [`COMMIT_MAPPED_WIDTH-1:0]     decided_mapped,
    input  wire [`COMMIT_GROUP_ROW_WIDTH-1:0]  decided_group_row,
    input  wire [`COMMIT_VOLUME_ROW_WIDTH-1:0] decided_volume_row,
    input  wire [`COMMIT_DECIDED_WIDTH-1:0]    decided,
    // not of a step: those of the packet that is being taken in may be asked for
    input  wire                                settled,

    /*
     * The step that changes the tables, which decided in the cycle before
     */
    output wire                                changes,
    output wire [4:0]                          changing_kind,
    // the group becomes abnormal by a step of the secondary system
    output wire                                store_fails,
    output wire [`COMMIT_MAPPED_WIDTH-1:0]     mapped,
    output wire [`COMMIT_GROUP_ROW_WIDTH-1:0]  group_row,
    output wire [`COMMIT_VOLUME_ROW_WIDTH-1:0] volume_row,
    output wire [15:0]                         changed_volume,
    output wire [15:0]                         changed_group,
    output wire [63:0]                         changed_position,
    output wire [31:0]                         changed_size,
    output wire                                discard,
    input  wire [`COMMIT_OPERANDS_WIDTH-1:0]   operands,
    input  wire [`COMMIT_LATEST_WIDTH-1:0]     latest,
    output wire [`COMMIT_CHANGE_WIDTH-1:0]     change,
    output wire [`COMMIT_STEP_WIDTH-1:0]       step,
    output wire                                restarts,
    output wire                                settings,

    /*
     * output
     */
    // its record shows its pair, its group; when it was decided
    output wire                                shows_pair,
    output wire                                shows_group,
    output wire [47:0]                         cycle,
    // a device's job: its slot, and where its data begins in memory
    output wire [JOB_WIDTH-1:0]                job,
    output wire [START_WIDTH-1:0]              start,
    output wire [`COMMIT_RECORD_WIDTH-1:0]     record_fields,
    output wire [`COMMIT_RESULT_WIDTH-1:0]     result,
    // one cycle later: update information of a journal, without its CRC
    output wire [`UI_COVERED_BITS-1:0]         information
);

`ML_REQUIRE_VOLUMES
`ML_REQUIRE_PAIRS
`ML_REQUIRE_GROUPS
`ML_REQUIRE_POSITION_WIDTH
`ML_REQUIRE(`ML_IN_RANGE(SLOT_WIDTH, 1, 5), parameter_error_SLOT_WIDTH_must_be_1_to_5)

localparam W = POSITION_WIDTH;

`include "commit_mapped_wires.vh"
`include "commit_operands_wires.vh"
`include "commit_latest_wires.vh"
`include "commit_decided_wires.vh"
`include "commit_gathered_wires.vh"
`include "commit_report_wires.vh"
`include "commit_sent_wires.vh"

reg [`COMMIT_MAPPED_WIDTH-1:0]     mapped_reg;
reg [`COMMIT_GROUP_ROW_WIDTH-1:0]  group_row_reg;
reg [`COMMIT_VOLUME_ROW_WIDTH-1:0] volume_row_reg;
reg [`COMMIT_DECIDED_WIDTH-1:0]    decided_reg;

assign mapped     = mapped_reg;
assign group_row  = group_row_reg;
assign volume_row = volume_row_reg;

always @(posedge clk) begin
    mapped_reg     <= decided_mapped;
    group_row_reg  <= decided_group_row;
    volume_row_reg <= decided_volume_row;
    decided_reg    <= decided;
    // nothing changes without a step
    if (rst) begin
        mapped_reg[`COMMIT_MAPPED_WIDTH-1] <= 1'b0;
        decided_reg <= 0;
    end
end

assign `COMMIT_MAPPED   = mapped_reg;
assign `COMMIT_DECIDED  = decided_reg;
assign `COMMIT_OPERANDS = operands;
assign `COMMIT_LATEST   = latest;
assign change           = `COMMIT_CHANGE;
assign step             = {`COMMIT_REPORT, `COMMIT_OWN_STEP, settled};
assign result           = `COMMIT_RESULT;
assign changes          = valid;
assign store_fails      = secondary_group_fails;
assign changing_kind    = step_request[`CR_KIND];
assign changed_volume   = mapped_volume;
assign changed_group    = group;
assign changed_position = decided_position;
assign changed_size     = decided_size;
assign discard          = step_request[`CR_DISCARD];
assign restarts         = step_restarts;
assign settings         = step_settings;
assign shows_pair       = recorded_pair_valid;
assign shows_group      = group_valid && group < GROUPS;
assign cycle            = decided_cycle;

wire [15:0] slot = step_request[`CR_SLOT];
assign job   = {slot[9:8], slot[SLOT_WIDTH-1:0]};
assign start = stores ? store_start : {{START_WIDTH-SLOT_WIDTH{1'b0}}, slot[SLOT_WIDTH-1:0]} << BEAT_WIDTH;

// host commands have an order
reg  [63:0] order_reg;
wire        ordered = written || read_taken || flush_taken;

always @(posedge clk) begin
    if (ordered)
        order_reg <= order_reg + 64'd1;
    if (rst)
        order_reg <= 64'd1;
end

wire [63:0] reference = (shows_reference ? step_request[`CR_REFERENCE] : record_reference)
                        | (ordered ? order_reg : 64'd0);
assign record_fields = {retires, shows_position, shows_size, shows_tag, shows_reference, process_code, status, outcome,
                        creation, record_tag, record_size, record_received, reference};

commit_gather #(
    .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .POSITION_WIDTH(W), .START_WIDTH(START_WIDTH)
) commit_gather_inst (
    .mapped(mapped_reg), .operands(operands), .group_row(group_row_reg), .volume_row(volume_row_reg), .latest(latest),
    .order(order_reg), .position(decided_position), .size(decided_size), .wanted(`COMMIT_WANTED),
    .start_original(start_original), .start_secondary(start_secondary), .record_journal_volume(record_journal_volume),
    .loads(loads), .command_done(command_done), .read_taken(read_taken),
    .flush_taken(flush_taken), .stores(stores), .outcome(outcome), .status(status),
    .record_reference(record_reference), .gathered(`COMMIT_GATHERED),
    .report(`COMMIT_REPORT), .sent(`COMMIT_SENT)
);

created_information #(.POSITION_WIDTH(W)) created_information_inst (
    .clk(clk), .creates(creates), .copy_creates(copy_creates), .stores(stores), .volume(mapped_volume),
    .position(decided_position), .size(decided_size), .reception_time(step_request[`CR_TIME]),
    .data_crc(step_request[`CR_DATA_CRC]), .discard(step_request[`CR_DISCARD]), .copy_kind(copy_kind),
    .store_information(store_information), .store_data_crc(store_data_crc), .store_data_place(store_data_place),
    .group(group), .journal_volume(journal_volume), .update_number(latest_update_number),
    .data_offset(latest_data_offset), .write_data_newest(data_newest), .information(information)
);

`ifdef ML_PROPERTIES
// Properties (docs/proofs.md): the step that decides; a volume became abnormal in the cycle before
wire                 deciding = decided_mapped[`COMMIT_MAPPED_WIDTH-1];
wire [`CR_WIDTH-1:0] deciding_request = decided_mapped[`COMMIT_MAPPED_WIDTH-2 -: `CR_WIDTH];
reg                  volume_failed_reg;
wire some_volume_fails = valid && (volume_fails || journal_volume_fails);

always @(posedge clk)
    volume_failed_reg <= some_volume_fails && !rst;

always @(`ML_CYCLE) if (!rst) begin
    // 1: no step decides on the state of a volume that it does not know yet
    `ML_HOLDS(CHANGE_1, !deciding || (!some_volume_fails && !volume_failed_reg));
    // 2: no command of a host on the state of a group that does not know it
    `ML_HOLDS(CHANGE_2, !deciding || deciding_request[`CR_KIND] != `ML_REQUEST_COMMAND || !valid || !group_fails
                        || deciding_request[`CR_VOLUME] != step_request[`CR_VOLUME]
                        || changing_kind != `ML_REQUEST_COMMAND);
end
`endif

endmodule

`resetall
