// How far a step moves the rings' pointers.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "update_information.vh"
`include "parameters.vh"

/*
 * Bytes of update information and of write data, by what kind of step it is, whatever comes of it. A journal of initial
 * copy occupies no write data area at the original system. Combinational.
 */
module ring_steps #(
    parameter POSITION_WIDTH = 48
) (
    input  wire                      valid,
    input  wire [`CR_WIDTH-1:0]      request,
    // register write: the value
    input  wire                      loads,
    input  wire [POSITION_WIDTH-1:0] load_data,
    input  wire [2:0]                register_table,
    input  wire [3:0]                register_field,
    // store: newest lies so far behind oldest now
    input  wire [POSITION_WIDTH-1:0] place_information_used,
    input  wire [POSITION_WIDTH-1:0] place_data_used,
    // journals that are sent: what is freed
    input  wire [POSITION_WIDTH-1:0] free_entries,
    input  wire [POSITION_WIDTH-1:0] free_data,

    output wire [POSITION_WIDTH-1:0] information_step,
    output wire [POSITION_WIDTH-1:0] data_step,
    // the register is a pointer's, that of what was sent
    output wire                      sets,
    output wire                      sets_sent
);

`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam [W-1:0] ENTRY = `UPDATE_INFORMATION_BYTES;

wire [4:0] kind   = request[`CR_KIND];
wire [7:0] client = request[`CR_CLIENT];
wire places = valid && kind == `ML_REQUEST_STORE;
wire sends  = valid && (kind == `ML_REQUEST_READ_COMMAND || kind == `ML_REQUEST_JOURNALS_READ);
// a journal that the request names, if it is about one
wire of_one  = valid && kind != `ML_REQUEST_STORE && kind != `ML_REQUEST_READ_COMMAND
               && kind != `ML_REQUEST_JOURNALS_READ && kind != `ML_REQUEST_MAINTENANCE && kind != `ML_REQUEST_OPERATION;
wire of_data = of_one && !request[`CR_DISCARD] && kind != `ML_REQUEST_INITIAL_COPY
               && !(kind == `ML_REQUEST_JOURNAL_WRITE && client == {6'd0, `ML_WRITE_COPY});

localparam [3:0] SENT = 4'd0;
assign sets      = loads && register_table == `ML_TABLE_POINTER;
assign sets_sent = loads && register_table == `ML_TABLE_PROGRESS && register_field == SENT;

assign information_step = ({W{places}} & place_information_used) | ({W{sends}} & free_entries)
                          | ({W{loads}} & load_data) | ({W{of_one}} & ENTRY);
assign data_step        = ({W{places}} & place_data_used) | ({W{sends}} & free_data) | ({W{loads}} & load_data)
                          | {{W-32{1'b0}}, {32{of_data}} & request[`CR_SIZE]};

endmodule

`resetall
