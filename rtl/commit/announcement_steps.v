// Groups' states, announced to the partner and by it, in one step of the commit stage.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"
`include "buses.vh"
`include "parameters.vh"

/*
 * Steps of group_announcement, their record, and its packets.
 */
module announcement_steps #(
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    parameter POSITION_WIDTH = 48
) (
    input  wire                      clk,
    input  wire                      rst,

    /*
     * The step
     */
    input  wire [`COMMIT_MAPPED_WIDTH-1:0]    mapped,
    input  wire [47:0]               cycle,
    // a new generation of the group, or its registers were written
    input  wire                      restarts,
    input  wire [`COMMIT_GROUP_ROW_WIDTH-1:0] group_row,
    // of every group
    input  wire [7*GROUPS-1:0]       activities,
    input  wire [GROUPS-1:0]         states_unanswered,

    output wire [`COMMIT_RECORD_WIDTH-1:0]    record_fields,
    output wire                      is_announcement,

    /*
     * Changes
     */
    output wire                      group_fails,
    output wire [7:0]                fail_reason,
    // the partner knows the group's state
    output wire                      state_answered,

    // a packet about a group's state that came, and whether another one may come
    input  wire                      state_received,
    input  wire [`COMMIT_STATE_PACKET_WIDTH-1:0] state_packet,
    output wire                      state_room,

    output wire                      request_valid,
    input  wire                      request_taken,
    output wire [`CR_WIDTH-1:0]      request,
    output wire                      packet_valid,
    input  wire                      packet_ready,
    output wire [`PK_WIDTH-1:0]      packet
);

`ML_REQUIRE_VOLUMES
`ML_REQUIRE_PAIRS
`ML_REQUIRE_GROUPS
`ML_REQUIRE_POSITION_WIDTH

`include "commit_mapped_wires.vh"
`include "commit_group_row_wires.vh"
`include "commit_record_wires.vh"
`include "commit_state_packet_wires.vh"

assign `COMMIT_MAPPED    = mapped;
assign `COMMIT_GROUP_ROW = group_row;
assign record_fields     = `COMMIT_RECORD;
assign `COMMIT_STATE_PACKET = state_packet;

wire [4:0]  kind = step_request[`CR_KIND];
wire        answered, wants_answer;
wire [15:0] destination, packet_group, source_group, packet_status;
wire [31:0] packet_generation;
wire [7:0]  packet_reason;
wire [GROUPS-1:0] announces;

generate
    genvar n;
    for (n = 0; n < GROUPS; n = n + 1) begin : each
        assign announces[n] = states_unanswered[n] && (activities[7*n] || activities[7*n + 1]);
    end
endgenerate

group_announcement #(.GROUPS(GROUPS)) group_announcement_inst (
    .clk(clk), .rst(rst), .cycle(cycle),
    .received(state_received), .received_source(received_source), .received_group(received_group),
    .received_source_group(received_source_group), .received_generation(received_generation),
    .received_status(received_status), .received_reason(received_reason), .received_wants_answer(received_wants_answer),
    .room(state_room), .announces(announces),
    .take(valid && kind == `ML_REQUEST_STATE_TAKEN), .answer(valid && kind == `ML_REQUEST_STATE_ANSWER),
    .announce(valid && kind == `ML_REQUEST_ANNOUNCE), .restarts(restarts), .group(group),
    .group_state(group_state), .group_reason(group_reason), .generation(generation), .partner_system(partner_system),
    .partner_group(partner_group), .timeout(timeout), .runs(activity[0] || activity[1]), .taken_over(activity[2]),
    .state_unanswered(state_unanswered),
    .retires(retires), .outcome(outcome), .status(status), .reference(record_reference),
    .group_fails(group_fails), .fail_reason(fail_reason), .answered(answered),
    .request_valid(request_valid), .request_taken(request_taken), .request(request),
    .packet_valid(packet_valid), .packet_ready(packet_ready), .packet_destination(destination),
    .packet_group(packet_group), .packet_source_group(source_group), .packet_generation(packet_generation),
    .packet_status(packet_status), .packet_reason(packet_reason), .packet_wants_answer(wants_answer)
);

assign is_announcement = kind >= `ML_REQUEST_STATE_TAKEN && kind <= `ML_REQUEST_ANNOUNCE;
assign state_answered  = group_fails || answered;

assign process_code    = `ML_PROCESS_ANNOUNCEMENT;
assign creation        = `ML_CREATION_NOT_RUN;
assign record_tag      = 16'd0;
assign record_size     = 32'd0;
assign record_received = 32'd0;
assign shows_position  = 1'b0;
assign shows_size      = 1'b0;
assign shows_tag       = 1'b0;
assign shows_reference = 1'b0;

assign packet = {7'd0, wants_answer, packet_reason, 512'd0, 1'b0, 32'd0, 16'd0, packet_status, 32'd0, packet_generation,
                 source_group, packet_group, destination, `CP_GROUP_STATE};

endmodule

`resetall
