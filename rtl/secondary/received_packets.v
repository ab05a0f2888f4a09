// Headers of received packets, queued by groups.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "connection_path.vh"
`include "parameters.vh"

/*
 * One memory, read synchronously: the row of the oldest packet of the group in turn is there one cycle after `turn` and
 * the queue have it.
 */
module received_packets #(
    parameter GROUPS = 4,
    // Packets of a group, a power of two
    parameter PACKETS = 16,
    parameter BUFFER_WIDTH = 3,
    // Bits of a number of journals
    parameter COUNT_WIDTH = 7,
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1
) (
    input  wire                    clk,
    input  wire                    rst,

    // groups whose queue has room; a packet enters
    output wire [GROUPS-1:0]       room,
    input  wire                    enter,
    input  wire [GROUP_WIDTH-1:0]  enter_group,
    input  wire [15:0]             enter_source,
    input  wire [15:0]             enter_type,
    input  wire [31:0]             enter_generation,
    input  wire [31:0]             enter_tag,
    input  wire [15:0]             enter_status,
    input  wire [15:0]             enter_count,
    input  wire [BUFFER_WIDTH-1:0] enter_buffer,

    // groups that have a packet; the group in turn, and its oldest packet, which leaves
    output wire [GROUPS-1:0]       valid,
    input  wire [GROUP_WIDTH-1:0]  turn,
    input  wire                    leave,
    output wire [15:0]             source,
    output wire [15:0]             packet_type,
    output wire [31:0]             generation,
    output wire [31:0]             tag,
    output wire [15:0]             status,
    output wire [COUNT_WIDTH-1:0]  count,
    output wire [BUFFER_WIDTH-1:0] data_buffer
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE(`ML_POWER_OF_TWO(PACKETS, 2, 64), parameter_error_PACKETS_must_be_a_power_of_two_from_2_to_64)
`ML_REQUIRE(`ML_IN_RANGE(BUFFER_WIDTH, 1, 8), parameter_error_BUFFER_WIDTH_must_be_1_to_8)
`ML_REQUIRE(`ML_IN_RANGE(COUNT_WIDTH, 1, 16), parameter_error_COUNT_WIDTH_must_be_1_to_16)

localparam INDEX_WIDTH = $clog2(PACKETS);
localparam ROWS = PACKETS << GROUP_WIDTH;
// types are below 8; of states all invalid ones are one
localparam ROW_WIDTH = 16 + 3 + 32 + 32 + 2 + COUNT_WIDTH + BUFFER_WIDTH;

(* no_rw_check *)
reg [ROW_WIDTH-1:0] rows [0:ROWS-1];
reg [ROW_WIDTH-1:0] row_reg;
// one bit more than the index tells full from empty
localparam W = INDEX_WIDTH + 1;
wire [GROUPS*W-1:0]    newest, oldest;
wire [INDEX_WIDTH-1:0] enter_at = newest[enter_group*W +: INDEX_WIDTH];
wire [INDEX_WIDTH-1:0] leave_at = oldest[turn*W +: INDEX_WIDTH];
wire [1:0] enter_state = (enter_status[15:2] != 14'd0) ? 2'd3 : enter_status[1:0];
wire [2:0] type_code;
wire [1:0] state;

assign {source, type_code, generation, tag, state, count, data_buffer} = row_reg;
assign packet_type = {13'd0, type_code};
assign status      = {14'd0, state};

generate
    genvar n;
    for (n = 0; n < GROUPS; n = n + 1) begin : group
        reg  [INDEX_WIDTH:0] newest_reg, oldest_reg;
        wire [INDEX_WIDTH:0] held = newest_reg - oldest_reg;

        assign room[n]  = !held[INDEX_WIDTH];
        assign valid[n] = held != 0;
        assign newest[n*W +: W] = newest_reg;
        assign oldest[n*W +: W] = oldest_reg;

        always @(posedge clk) begin
            if (enter && enter_group == n)
                newest_reg <= newest_reg + 1'b1;
            if (leave && turn == n)
                oldest_reg <= oldest_reg + 1'b1;
            if (rst) begin
                newest_reg <= 0;
                oldest_reg <= 0;
            end
        end
    end
endgenerate

always @(posedge clk) begin
    if (rst)
        row_reg <= 0;
    else if (valid[turn])
        row_reg <= rows[{turn, leave_at}];
    if (enter)
        rows[{enter_group, enter_at}]
            <= {enter_source, enter_type[2:0], enter_generation, enter_tag, enter_state,
                enter_count[COUNT_WIDTH-1:0], enter_buffer};
end

endmodule

`resetall
