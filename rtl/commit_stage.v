// The commit stage: the one place where shared state changes, one step a cycle.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "update_information.vh"

/*
 * A granted request passes three stages, one cycle each and never held:
 *
 *      map     complete the request from its cache slot or read; volume -> pair -> group -> journal volume
 *      decide  the processes' decisions on the tables as they are; at its end the tables change
 *      show    update information with its CRC, device jobs, the host's answer, the commit record with the tables as they are now
 *
 * Numbers in the mapping change only by registers, and those only while nothing else is under way.
 */
module commit_stage #(
    parameter DATA_WIDTH = 512,
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter CACHE_SLOTS = 16,
    parameter READ_SLOTS = 4,
    parameter SYSTEM_NUMBER = 1,
    parameter COMMIT_TRACE = 1,
    parameter POSITION_WIDTH = 48,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS),
    parameter READ_WIDTH = $clog2(READ_SLOTS)
) (
    input  wire                        clk,
    input  wire                        rst,

    // a step may begin; the request granted
    output wire                        enable,
    input  wire                        granted,
    input  wire [`CR_WIDTH-1:0]        granted_request,
    // room for answers to the host
    input  wire                        answer_room,
    // nothing under way elsewhere in the system
    input  wire                        others_idle,

    /*
     * map: what cache slots and reads hold
     */
    output wire [SLOT_WIDTH-1:0]       look_slot,
    input  wire [15:0]                 look_volume,
    input  wire [POSITION_WIDTH-1:0]   look_position,
    input  wire [31:0]                 look_size,
    input  wire                        look_journaled,
    input  wire [63:0]                 look_order,
    input  wire [63:0]                 look_update_number,
    output wire [READ_WIDTH-1:0]       look_read,
    input  wire [15:0]                 look_read_volume,
    input  wire [POSITION_WIDTH-1:0]   look_read_position,
    input  wire [31:0]                 look_read_size,
    input  wire [63:0]                 look_read_order,

    /*
     * decide: the step
     */
    output wire [15:0]                 step_tag,
    output wire [15:0]                 step_volume,
    output wire [POSITION_WIDTH-1:0]   step_position,
    output wire [31:0]                 step_size,
    output wire [SLOT_WIDTH-1:0]       step_slot,
    output wire [63:0]                 step_order,
    output wire [63:0]                 step_update_number,
    output wire                        step_journaled,
    output wire                        step_failed,
    // a host command's step: it leaves its queue, or waits for room from now on
    output wire                        command_done,
    output wire                        command_stalls,
    output wire [31:0]                 command_watch_time,
    output wire                        write_enters,
    output wire                        write_refused,
    output wire                        read_taken,
    output wire [7:0]                  read_device,
    output wire [POSITION_WIDTH-1:0]   read_address,
    output wire                        flush_taken,
    output wire                        volume_write_done,
    output wire                        journal_write_done,
    output wire                        read_failed,

    /*
     * show
     */
    output wire                        answer_valid,
    output wire [15:0]                 answer_tag,
    output wire [7:0]                  answer_status,
    output wire [DEVICES-1:0]          volume_job_valid,
    output wire [POSITION_WIDTH-1:0]   volume_job_address,
    output wire [DEVICES-1:0]          journal_job_valid,
    output wire [POSITION_WIDTH-1:0]   journal_job_information_address,
    output wire [POSITION_WIDTH-1:0]   journal_job_data_address,
    output wire [POSITION_WIDTH-1:0]   journal_job_head_address,
    output wire [31:0]                 journal_job_size_before_end,
    output wire [SLOT_WIDTH-1:0]       job_slot,
    output wire [31:0]                 job_size,
    output wire                        information_valid,
    output wire [`UPDATE_INFORMATION_BITS-1:0] information,
    output wire                        register_answer_valid,
    output wire [63:0]                 register_answer_data,
    output wire [1:0]                  register_answer_response,

    output wire [1023:0]               m_axis_commit_tdata,
    output wire                        m_axis_commit_tvalid,
    input  wire                        m_axis_commit_tready
);

localparam W = POSITION_WIDTH;

reg [47:0] cycle_reg;
reg [63:0] order_reg;

wire record_room;
assign enable = record_room && answer_room;

/*
 * map
 */
wire                 map_under_way, valid;
wire [`CR_WIDTH-1:0] request;
wire [15:0]          map_volume, map_pair, map_group, map_journal_volume, map_address, map_row;
wire                 map_volume_valid, map_pair_valid, map_journal_volume_valid;
wire [2:0]           map_table, register_table;
wire [3:0]           map_field, register_field;
wire [15:0]          volume, pair, group, journal_volume;
wire                 volume_valid, pair_valid, journal_volume_valid;

commit_map #(.CACHE_SLOTS(CACHE_SLOTS), .READ_SLOTS(READ_SLOTS), .POSITION_WIDTH(W)) commit_map_inst (
    .clk(clk), .rst(rst), .granted(granted), .granted_request(granted_request), .under_way(map_under_way),
    .look_slot(look_slot), .look_volume(look_volume), .look_position(look_position), .look_size(look_size),
    .look_journaled(look_journaled), .look_order(look_order), .look_update_number(look_update_number),
    .look_read(look_read), .look_read_volume(look_read_volume), .look_read_position(look_read_position),
    .look_read_size(look_read_size), .look_read_order(look_read_order),
    .map_volume(map_volume), .map_volume_valid(map_volume_valid), .map_pair(map_pair), .map_pair_valid(map_pair_valid),
    .map_group(map_group), .map_journal_volume(map_journal_volume), .map_journal_volume_valid(map_journal_volume_valid),
    .map_address(map_address), .map_table(map_table), .map_row(map_row), .map_field(map_field),
    .valid(valid), .request(request), .volume(volume), .volume_valid(volume_valid), .pair(pair), .pair_valid(pair_valid),
    .group(group), .journal_volume(journal_volume), .journal_volume_valid(journal_volume_valid),
    .register_table(register_table), .register_field(register_field)
);

/*
 * decide
 */
wire [4:0]  kind     = request[`CR_KIND];
wire [7:0]  opcode   = request[`CR_OPCODE];
wire [63:0] position = request[`CR_POSITION];
wire [31:0] size     = request[`CR_SIZE];
wire [31:0] received = request[`CR_RECEIVED];
wire [15:0] slot     = request[`CR_SLOT];
wire        failed   = request[`CR_FAILED];
wire        journaled = request[`CR_JOURNALED];
wire        stalled  = request[`CR_STALLED];

wire is_command = valid && kind == `ML_REQUEST_COMMAND;
wire is_flush   = valid && kind == `ML_REQUEST_FLUSH;
wire is_volume  = valid && kind == `ML_REQUEST_VOLUME_WRITE;
wire is_journal = valid && kind == `ML_REQUEST_JOURNAL_WRITE;
wire is_read    = valid && kind == `ML_REQUEST_READ_FAILURE;
wire is_register = valid && kind == `ML_REQUEST_MAINTENANCE;

// tables and rings
wire [2:0]   volume_state, pair_state, journal_volume_state;
wire [1:0]   group_state, full_policy;
wire [W-1:0] volume_capacity, volume_offset, copy_complete_address, journal_volume_capacity, journal_volume_offset;
wire [7:0]   volume_device, journal_volume_device;
wire         volume_holds_journal, information_room, data_room, ever_fits;
wire [63:0]  update_number, data_offset;
wire [31:0]  watch_time, size_before_end;
wire [W-1:0] update_information_newest, write_data_head, write_data_newest;

// command reception and journal creation
wire        journal_creation_runs, creates, suspends, stalls, still_stalls, creation_refuses;
wire [15:0] command_outcome, creation;
wire [7:0]  command_status;
wire never_fits = pair_valid && journal_volume_valid && group_state == `ML_GROUP_NORMAL && !ever_fits
                  && (pair_state == `ML_PAIR_NOT_COPYING || pair_state == `ML_PAIR_COPYING || pair_state == `ML_PAIR_NORMAL);

command_reception #(.MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .POSITION_WIDTH(W)) command_reception_inst (
    .opcode(opcode), .position(position), .size(size), .received(received),
    .volume_valid(volume_valid), .volume_state(volume_state), .volume_capacity(volume_capacity),
    .volume_holds_journal(volume_holds_journal), .never_fits(never_fits),
    .journal_creation(journal_creation_runs), .creation_refuses(creation_refuses), .creation_stalls(stalls),
    .outcome(command_outcome), .status(command_status)
);

journal_creation #(.POSITION_WIDTH(W)) journal_creation_inst (
    .clk(clk), .run(is_command && journal_creation_runs),
    .volume(volume), .position(position), .size(size), .reception_time(request[`CR_TIME]),
    .data_crc(request[`CR_DATA_CRC]), .stalled(stalled), .expired(request[`CR_EXPIRED]),
    .pair_valid(pair_valid), .pair_state(pair_state), .copy_complete_address(copy_complete_address),
    .group(group), .group_state(group_state), .update_number(update_number), .data_offset(data_offset),
    .full_policy(full_policy), .journal_volume(journal_volume), .journal_volume_valid(journal_volume_valid),
    .journal_volume_state(journal_volume_state), .information_room(information_room), .data_room(data_room),
    .write_data_newest(write_data_newest),
    .creation(creation), .creates(creates), .suspends(suspends), .stalls(stalls), .still_stalls(still_stalls),
    .refuses(creation_refuses), .information(information)
);

wire written     = is_command && command_outcome == `ML_COMMAND_WRITTEN;
assign step_tag           = request[`CR_TAG];
assign step_volume        = volume;
assign step_position      = position[W-1:0];
assign step_size          = size;
assign step_slot          = slot[SLOT_WIDTH-1:0];
assign step_order         = order_reg;
assign step_update_number = update_number;
assign step_journaled     = creates;
assign step_failed        = failed;
assign command_stalls     = is_command && command_outcome == `ML_COMMAND_STALLED;
assign command_done       = is_command && !command_stalls;
assign command_watch_time = watch_time;
assign write_enters       = written;
assign write_refused      = command_done && !written && request[`CR_STORED];
assign read_taken         = is_command && command_outcome == `ML_COMMAND_READ;
assign read_device        = volume_device;
assign read_address       = volume_offset + position[W-1:0];
assign flush_taken        = is_command && command_outcome == `ML_COMMAND_FLUSH_TAKEN;
assign volume_write_done  = is_volume;
assign journal_write_done = is_journal;
assign read_failed        = is_read;
wire takes_order          = written || read_taken || flush_taken;

// read-write process: the journal volume still takes journals
wire journal_volume_normal = journal_volume_valid && journal_volume_state == `ML_VOLUME_NORMAL;
wire commits       = is_journal && !failed && journal_volume_normal;
wire journal_fails = is_journal && failed;
wire volume_fails  = (is_volume && failed) || is_read;
wire pair_fails    = is_volume && failed && !journaled && pair_valid;

// register accesses
wire        idle = others_idle && !map_under_way && !show_valid;
wire [63:0] row_data, pointer_data, register_value, register_answer;
wire [15:0] register_outcome;
wire [1:0]  register_response;
wire        register_writes;
wire        loads = is_register && register_writes;

register_access #(
    .DATA_WIDTH(DATA_WIDTH), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .DEVICES(DEVICES),
    .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CACHE_SLOTS(CACHE_SLOTS), .SYSTEM_NUMBER(SYSTEM_NUMBER), .POSITION_WIDTH(W)
) register_access_inst (
    .address(map_address), .in_table(map_table), .row(map_row), .field(map_field),
    .writes(opcode[0]), .step_table(register_table), .step_field(register_field), .data(request[`CR_REFERENCE]), .strobe(size[7:0]),
    .row_data(row_data), .pointer_data(pointer_data), .cycle(cycle_reg), .idle(idle),
    .outcome(register_outcome), .response(register_response), .loads(register_writes), .value(register_value),
    .answer(register_answer)
);

// record
reg [7:0]  process_code, status;
reg [15:0] outcome;
reg [63:0] reference;

always @* begin
    process_code = `ML_PROCESS_READ_WRITE;
    status    = failed ? `ML_STATUS_DEVICE_ERROR : `ML_STATUS_OK;
    reference = request[`CR_REFERENCE];
    case (kind)
        `ML_REQUEST_MAINTENANCE: begin
            process_code = `ML_PROCESS_MAINTENANCE;
            outcome   = register_outcome;
            status    = {6'd0, register_response};
            reference = register_answer;
        end
        `ML_REQUEST_COMMAND: begin
            process_code = `ML_PROCESS_COMMAND_RECEPTION;
            outcome   = command_outcome;
            status    = command_status;
            reference = takes_order ? order_reg : 64'd0;
        end
        `ML_REQUEST_FLUSH: begin
            process_code = `ML_PROCESS_COMMAND_RECEPTION;
            outcome = `ML_COMMAND_FLUSH_ANSWERED;
        end
        `ML_REQUEST_VOLUME_WRITE:
            outcome = failed ? `ML_READ_WRITE_WRITE_FAILED : `ML_READ_WRITE_WRITTEN;
        `ML_REQUEST_JOURNAL_WRITE:
            outcome = failed ? `ML_READ_WRITE_JOURNAL_FAILED : commits ? `ML_READ_WRITE_DURABLE : `ML_READ_WRITE_HELD;
        default:
            outcome = `ML_READ_WRITE_READ_FAILED;
    endcase
end

always @(posedge clk) begin
    cycle_reg <= cycle_reg + 48'd1;
    if (takes_order)
        order_reg <= order_reg + 64'd1;
    if (rst) begin
        cycle_reg <= 48'd0;
        order_reg <= 64'd1;
    end
end

/*
 * The tables, and what the show stage reads of them
 */
wire         show_valid;
wire [15:0]  show_volume, show_pair, show_group, show_journal_volume;
wire [2:0]   shown_volume_state, shown_pair_state, shown_journal_volume_state;
wire [1:0]   shown_group_state;
wire [W-1:0] shown_copy_complete_address;
wire [63:0]  shown_update_number, shown_data_offset;
wire [8*W-1:0] shown_pointers;

shared_memory #(.VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .POSITION_WIDTH(W)) shared_memory_inst (
    .clk(clk), .rst(rst),
    .map_volume(map_volume), .map_volume_valid(map_volume_valid), .map_pair(map_pair), .map_pair_valid(map_pair_valid),
    .map_group(map_group), .map_journal_volume(map_journal_volume), .map_journal_volume_valid(map_journal_volume_valid),
    .volume(volume), .pair(pair), .group(group), .journal_volume(journal_volume),
    .volume_state(volume_state), .volume_capacity(volume_capacity), .volume_device(volume_device), .volume_offset(volume_offset),
    .volume_holds_journal(volume_holds_journal), .pair_state(pair_state), .copy_complete_address(copy_complete_address),
    .group_state(group_state), .update_number(update_number), .data_offset(data_offset), .full_policy(full_policy),
    .watch_time(watch_time), .journal_volume_state(journal_volume_state), .journal_volume_capacity(journal_volume_capacity),
    .journal_volume_device(journal_volume_device), .journal_volume_offset(journal_volume_offset),
    .volume_fails(volume_fails), .journal_volume_fails(journal_fails && journal_volume_valid),
    .pair_fails(pair_fails), .group_fails((written && suspends) || journal_fails), .take_number(creates), .size(size),
    .load(loads), .load_table(register_table), .load_field(register_field), .load_data(register_value), .read_data(row_data),
    .shown_volume(show_volume), .shown_pair(show_pair), .shown_group(show_group), .shown_journal_volume(show_journal_volume),
    .shown_volume_state(shown_volume_state), .shown_pair_state(shown_pair_state),
    .shown_copy_complete_address(shown_copy_complete_address), .shown_group_state(shown_group_state),
    .shown_update_number(shown_update_number), .shown_data_offset(shown_data_offset),
    .shown_journal_volume_state(shown_journal_volume_state)
);

journal_ring #(.GROUPS(GROUPS), .ENTRY_BYTES(`UPDATE_INFORMATION_BYTES), .POSITION_WIDTH(W)) journal_ring_inst (
    .clk(clk), .rst(rst),
    .group(group), .area_end(journal_volume_capacity), .size(size),
    .information_room(information_room), .data_room(data_room), .ever_fits(ever_fits),
    .update_information_newest(update_information_newest), .write_data_head(write_data_head),
    .write_data_newest(write_data_newest), .size_before_end(size_before_end),
    // nothing frees journals until a secondary system reads them
    .create(creates), .commit(commits), .free(1'b0),
    .load(loads && register_table == `ML_TABLE_POINTER), .field(register_field), .load_data(register_value), .read_data(pointer_data),
    .shown_group(show_group), .shown_pointers(shown_pointers)
);

commit_show #(
    .DEVICES(DEVICES), .CACHE_SLOTS(CACHE_SLOTS), .SYSTEM_NUMBER(SYSTEM_NUMBER), .COMMIT_TRACE(COMMIT_TRACE), .POSITION_WIDTH(W)
) show (
    .clk(clk), .rst(rst), .room(record_room),
    .step_valid(valid), .step_retires(valid && !(command_stalls && still_stalls)),
    .step_answers((command_done && !read_taken && !flush_taken) || is_flush), .step_is_register(is_register),
    .step_register_data(register_answer), .step_register_response(register_response),
    .process_code(process_code), .outcome(outcome), .creation(creation), .status(status), .cycle(cycle_reg),
    .tag(step_tag), .position(position), .size(size), .received(received), .reference(reference), .slot(step_slot),
    .volume(volume), .volume_valid(volume_valid), .pair(pair), .pair_valid(pair_valid), .group(group),
    .journal_volume(journal_volume), .journal_volume_valid(journal_volume_valid),
    .writes_volume(written), .volume_device(volume_device), .volume_address(read_address),
    .writes_journal(creates), .journal_device(journal_volume_device),
    .journal_information_address(journal_volume_offset + update_information_newest),
    .journal_data_address(journal_volume_offset + write_data_newest),
    .journal_head_address(journal_volume_offset + write_data_head), .journal_size_before_end(size_before_end),
    .info_crc(information[`UI_INFO_CRC]),
    .show_valid(show_valid), .show_volume(show_volume), .show_pair(show_pair), .show_group(show_group),
    .show_journal_volume(show_journal_volume),
    .volume_state(shown_volume_state), .pair_state(shown_pair_state), .group_state(shown_group_state),
    .journal_volume_state(shown_journal_volume_state), .update_number(shown_update_number),
    .copy_complete_address(shown_copy_complete_address), .data_offset(shown_data_offset), .pointers(shown_pointers),
    .answer_valid(answer_valid), .answer_tag(answer_tag), .answer_status(answer_status),
    .volume_job_valid(volume_job_valid), .volume_job_address(volume_job_address),
    .journal_job_valid(journal_job_valid), .journal_job_information_address(journal_job_information_address),
    .journal_job_data_address(journal_job_data_address), .journal_job_head_address(journal_job_head_address),
    .journal_job_size_before_end(journal_job_size_before_end), .job_slot(job_slot), .job_size(job_size),
    .information_valid(information_valid), .register_answer_valid(register_answer_valid),
    .register_answer_data(register_answer_data), .register_answer_response(register_answer_response),
    .m_axis_commit_tdata(m_axis_commit_tdata), .m_axis_commit_tvalid(m_axis_commit_tvalid),
    .m_axis_commit_tready(m_axis_commit_tready)
);

endmodule

`resetall
