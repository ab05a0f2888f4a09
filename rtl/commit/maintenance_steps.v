// The decisions on register accesses and operations, in one step of the commit stage.
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
 * An operation is carried out in a step of its own (FIG 9); the packets about it that pass between two systems take
 * steps too, so that their records say. What they decide on holds some cycles before they do: what the
 * registers are, and what an operation comes to, is in registers when they decide.
 */
module maintenance_steps #(
    parameter DATA_WIDTH = 512,
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 16384,
    // Bytes of write data in a packet, at most
    parameter MAX_DATA_BYTES = 65536,
    // Journals in a packet, at most
    parameter MAX_JOURNALS = 64,
    parameter CACHE_SLOTS = 16,
    parameter COMMANDS = 4,
    parameter SYSTEM_NUMBER = 1,
    parameter POSITION_WIDTH = 48,
    parameter START_WIDTH = 12
) (
    input  wire                      clk,
    input  wire                      rst,

    // map: a register's address
    input  wire [15:0]               map_address,
    output wire [2:0]                map_table,
    output wire [15:0]               map_row,
    output wire [3:0]                map_field,

    /*
     * The step
     */
    input  wire                      valid,
    input  wire [`CR_WIDTH-1:0]      request,
    input  wire [47:0]               cycle,
    // nothing else is in flight in the system
    input  wire                      idle,
    input  wire [15:0]               group,
    input  wire                      journal_volume_valid,
    input  wire [`COMMIT_SCAN_WIDTH-1:0]       scan,
    input  wire [`COMMIT_GROUP_ROW_WIDTH-1:0]  group_row,
    input  wire [`COMMIT_VOLUME_ROW_WIDTH-1:0] volume_row,
    input  wire [`COMMIT_OPERANDS_WIDTH-1:0]       operands,
    // its register
    input  wire [2:0]                register_table,
    input  wire                      register_upper,
    input  wire [3:0]                register_field,
    // what it was in the cycle before, if it is in the tables
    input  wire [63:0]               register_data,

    output wire [`COMMIT_RECORD_WIDTH-1:0] record_fields,
    output wire                      is_register,
    output wire                      is_operation,
    // the operation names the step's volume and pair, also in the cycle before it decides
    output wire                      names,
    output wire [15:0]               operation_volume,
    output wire [15:0]               operation_pair,

    /*
     * Changes
     */
    output wire                      loads,
    output wire                      loads_setting,
    output wire [POSITION_WIDTH-1:0] load_data,
    output wire                      create_group,
    output wire                      record_pair,
    output wire                      record_is_original,
    output wire                      record_journal_volume,
    output wire                      start_original,
    output wire                      start_secondary,
    output wire [31:0]               new_generation,
    output wire [15:0]               new_partner_system,
    output wire [15:0]               new_partner_group,
    // the partner has started, and said how much its write data area holds
    output wire                      takes_area,
    output wire                      suspend_group,
    output wire                      take_over,
    output wire                      give_up,
    // START has an answer, or none for too long, and the group fails with it
    output wire                      start_answered,
    output wire                      start_fails,
    output wire [7:0]                fail_reason,
    output wire                      open_secondaries,
    // 930: arguments of START for the partner
    output wire [7*64-1:0]           start_packet
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_VOLUMES
`ML_REQUIRE_PAIRS
`ML_REQUIRE_GROUPS
`ML_REQUIRE_DEVICES
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_MAX_DATA_BYTES
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_COMMANDS
`ML_REQUIRE_SYSTEM_NUMBER
`ML_REQUIRE_POSITION_WIDTH
localparam W = POSITION_WIDTH;

`include "commit_row_wires.vh"
`include "commit_operands_wires.vh"
`include "commit_scan_wires.vh"
assign `COMMIT_ROW = {group_row, volume_row}, `COMMIT_OPERANDS = operands, `COMMIT_SCAN = scan;

wire [4:0]  kind   = request[`CR_KIND];
wire [7:0]  opcode = request[`CR_OPCODE];
wire        failed = request[`CR_FAILED];
assign is_register  = valid && kind == `ML_REQUEST_MAINTENANCE;
assign is_operation = valid && kind == `ML_REQUEST_OPERATION;

/*
 * Operations: one is carried out; or a packet about it is sent, its answer taken, or the answer is sent again
 */
wire [31:0] received = request[`CR_RECEIVED];
wire [1:0]  phase    = received[1:0];
localparam [1:0] MESSAGE_DONE = 2'd0, MESSAGE_SENT = 2'd1, MESSAGE_ANSWERED = 2'd2;
localparam [15:0] SPECIFIED = 16'h100, ANSWERED = 16'h200, NOT_ASKED = 16'd0;
wire       operation_names;
wire       of_operation = kind == `ML_REQUEST_OPERATION && phase == MESSAGE_DONE;
wire       carried_out  = valid && of_operation;
wire [7:0]  next_result;
wire [63:0] next_returns;
wire [31:0] next_new_generation;
wire [9:0] operation_changes;
reg  [7:0]  result_reg;
reg  [63:0] returns_reg;
reg  [31:0] new_generation_reg;
reg  [9:0] operation_changes_reg;

assign names      = kind == `ML_REQUEST_OPERATION && phase == MESSAGE_DONE && operation_names;

// an answer to START that ends it, of the initiation that runs
wire       start_ends = is_operation && phase == MESSAGE_ANSWERED && message_asked
                        && message_code == `ML_OPERATION_START && !message_busy
                        && group < GROUPS && activity[0] && message_generation == {32'd0, generation};
wire       unanswered = message_answer == `ML_ANSWER_NO_ANSWER;

assign start_answered = start_ends;
assign takes_area     = start_ends && message_started;
assign start_fails    = start_ends && !message_started && start_unanswered;
assign fail_reason    = start_fails ? (unanswered ? `ML_REASON_START_UNANSWERED : `ML_REASON_START_REFUSED)
                      : take_over ? `ML_REASON_TAKEN_OVER : `ML_REASON_SUSPENDED;

maintenance #(
    .SYSTEM_NUMBER(SYSTEM_NUMBER), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .POSITION_WIDTH(W)
) maintenance_inst (
    .clk(clk), .run(of_operation), .code(opcode), .refused(failed), .source(operation_source),
    .arguments(operation_arguments), .names_volume(operation_names), .operation_volume(operation_volume),
    .operation_pair(operation_pair), .group_state(group_state), .pair_set(pair_set), .blank_found(blank_found),
    .blank_pair(blank_pair),
    .other_secondary(other_secondary), .not_secondary(not_secondary), .other_original(other_original),
    .other_partner(other_partner), .pair_too_small(pair_too_small), .volume_state(volume_state),
    .volume_pair(volume_pair), .volume_capacity(volume_capacity), .volume_holds_journal(volume_holds_journal),
    .journal_volume_valid(journal_volume_valid), .journal_volume_state(journal_volume_state), .data_area(data_area),
    .update_number(update_number), .generation(generation), .activity(activity), .oldest_number(oldest_number),
    .next_restore(next_restore), .end_markers(end_markers), .writing(writing), .answer(next_result),
    .value(next_returns), .create_group(operation_changes[0]), .record_pair(operation_changes[1]),
    .record_is_original(operation_changes[2]), .record_journal_volume(operation_changes[3]),
    .start_original(operation_changes[4]), .start_secondary(operation_changes[5]),
    .new_generation(next_new_generation), .new_partner_system(new_partner_system),
    .new_partner_group(new_partner_group), .suspend(operation_changes[6]), .take_over(operation_changes[7]),
    .give_up(operation_changes[8]), .open_secondaries(operation_changes[9])
);

assign new_generation    = new_generation_reg;
assign {open_secondaries, give_up, take_over, suspend_group, start_secondary, start_original, record_journal_volume,
        record_is_original, record_pair, create_group} = operation_changes_reg & {10{carried_out}};

assign start_packet = {{32'd0, copy_unit}, data_offset, update_number, {32'd0, new_generation}, {48'd0, group},
                       {48'd0, SYSTEM_NUMBER[15:0]}, operation_arguments[191:128]};

/*
 * Register accesses. Commands and answers from a system that is not their group's partner are counted for one
 */
reg  [31:0] strange_packets_reg;
wire [15:0] packet_source = (kind == `ML_REQUEST_READ_COMMAND) ? command_source : answer_source;
wire        takes_packet  = valid && (kind == `ML_REQUEST_READ_COMMAND || kind == `ML_REQUEST_ANSWER);

always @(posedge clk) begin
    if (takes_packet && packet_source != partner_system)
        strange_packets_reg <= strange_packets_reg + 32'd1;
    if (rst)
        strange_packets_reg <= 32'd0;
end

wire [15:0] next_outcome;
wire [1:0]  next_response;
wire        next_writes, next_is_setting, is_argument;
wire [63:0] argument_data, next_load_data;
reg  [15:0] outcome_reg;
reg  [63:0] load_data_reg;
reg  [1:0]  response_reg;
reg         writes_reg, is_setting_reg;

assign loads             = is_register && writes_reg;
assign loads_setting     = is_setting_reg;
assign load_data         = load_data_reg[W-1:0];

register_access #(
    .DATA_WIDTH(DATA_WIDTH), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .DEVICES(DEVICES),
    .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .MAX_DATA_BYTES(MAX_DATA_BYTES), .MAX_JOURNALS(MAX_JOURNALS),
    .CACHE_SLOTS(CACHE_SLOTS), .COMMANDS(COMMANDS), .SYSTEM_NUMBER(SYSTEM_NUMBER), .POSITION_WIDTH(W)
) register_access_inst (
    .clk(clk), .rst(rst), .address(map_address), .in_table(map_table), .row(map_row), .field(map_field),
    .writes(opcode[0]), .step_table(register_table), .step_upper(register_upper), .step_field(register_field),
    .data(request[`CR_REFERENCE]), .strobe(request[`CR_STROBE]), .volume_capacity(volume_capacity[W-1:9]),
    .volume_offset(volume_offset[W-1:9]), .table_data(register_data), .argument_data(argument_data),
    .operation_data(operation_register), .operation_answer(operation_status), .packet_faults(packet_faults),
    .strange_packets(strange_packets_reg), .incarnation(incarnation), .allowed_systems(allowed_systems), .cycle(cycle),
    .idle(idle), .operating(operating), .outcome(next_outcome), .response(next_response), .is_argument(is_argument),
    .loads(next_writes), .is_setting(next_is_setting), .kept(next_load_data)
);

terminal_arguments terminal_arguments_inst (
    .clk(clk), .rst(rst), .load(loads && is_argument), .read(is_argument), .index(register_field[2:0]),
    .load_data(load_data_reg), .value(argument_data)
);

always @(posedge clk) begin
    result_reg            <= next_result;
    returns_reg           <= next_returns;
    new_generation_reg    <= next_new_generation;
    operation_changes_reg <= operation_changes;
    writes_reg            <= next_writes;
    is_setting_reg        <= next_is_setting;
    load_data_reg         <= next_load_data;
    outcome_reg           <= next_outcome;
    response_reg          <= next_response;
end

/*
 * Record
 */
reg  [7:0]  process_code, status;
reg  [15:0] outcome;
reg  [31:0] record_received;
reg  [63:0] record_reference;
wire        retires         = valid;
wire [15:0] creation        = `ML_CREATION_NOT_RUN;
wire [15:0] record_tag      = 16'd0;
wire [31:0] record_size     = 32'd0;
wire        shows_position  = 1'b1, shows_size = 1'b1, shows_tag = 1'b1;
// what was written, but what the register is if it was read
wire        shows_reference = kind == `ML_REQUEST_MAINTENANCE && opcode[0] && response_reg == `ML_RESPONSE_OKAY;

assign record_fields = `COMMIT_RECORD;

always @* begin
    process_code     = `ML_PROCESS_MAINTENANCE;
    outcome          = outcome_reg;
    status           = {6'd0, response_reg};
    record_received  = received;
    record_reference = load_data_reg;
    if (kind == `ML_REQUEST_OPERATION) begin
        process_code     = `ML_PROCESS_OPERATION;
        outcome          = {8'd0, opcode};
        status           = message_answer;
        record_received  = 32'd0;
        record_reference = message_value;
        case (phase)
            MESSAGE_DONE: begin
                status           = result_reg;
                record_reference = returns_reg;
            end
            MESSAGE_SENT: begin
                outcome = SPECIFIED + {8'd0, message_code};
                status  = 8'd0;
            end
            MESSAGE_ANSWERED: begin
                outcome = message_asked ? ANSWERED + {8'd0, message_code} : NOT_ASKED;
                if (!message_asked) begin
                    status           = 8'd0;
                    record_reference = 64'd0;
                end
            end
            default: ;
        endcase
    end
end

endmodule

`resetall
