// Maintenance terminal's AXI4-Lite port.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "properties.vh"

/*
 * One access at a time: it asks for a step of the commit stage, like everything that reads or changes shared state, and
 * is answered after it. Reads and writes that wait at the same time take turns.
 */
module registers (
    input  wire                 clk,
    input  wire                 rst,

    input  wire [15:0]          s_axil_awaddr,
    input  wire                 s_axil_awvalid,
    output wire                 s_axil_awready,
    input  wire [63:0]          s_axil_wdata,
    input  wire [7:0]           s_axil_wstrb,
    input  wire                 s_axil_wvalid,
    output wire                 s_axil_wready,
    output wire [1:0]           s_axil_bresp,
    output wire                 s_axil_bvalid,
    input  wire                 s_axil_bready,
    input  wire [15:0]          s_axil_araddr,
    input  wire                 s_axil_arvalid,
    output wire                 s_axil_arready,
    output wire [63:0]          s_axil_rdata,
    output wire [1:0]           s_axil_rresp,
    output wire                 s_axil_rvalid,
    input  wire                 s_axil_rready,

    output wire                 request_valid,
    input  wire                 request_taken,
    output reg  [`CR_WIDTH-1:0] request,

    // the step's answer
    input  wire                 answer_valid,
    input  wire [63:0]          answer_data,
    input  wire [1:0]           answer_response
);

reg        write_address_held_reg, write_data_held_reg, read_held_reg;
reg [15:0] write_address_reg, read_address_reg;
reg [63:0] write_data_reg;
reg [7:0]  write_strobe_reg;
// an access is in the commit stage, or its answer is waiting
reg        busy_reg;
reg        writing_reg;
reg        write_answer_reg, read_answer_reg;
reg        last_was_write_reg;
reg [63:0] data_reg;
reg [1:0]  response_reg;

wire write_waits = write_address_held_reg && write_data_held_reg;
wire write       = write_waits && !(read_held_reg && last_was_write_reg);

assign s_axil_awready = !write_address_held_reg;
assign s_axil_wready  = !write_data_held_reg;
assign s_axil_arready = !read_held_reg;
assign s_axil_bvalid  = write_answer_reg;
assign s_axil_bresp   = response_reg;
assign s_axil_rvalid  = read_answer_reg;
assign s_axil_rdata   = data_reg;
assign s_axil_rresp   = response_reg;
assign request_valid  = !busy_reg && (write_waits || read_held_reg);

reg [`CR_WIDTH-1:0] new_request;

always @* begin
    new_request = 0;
    new_request[`CR_KIND]      = `ML_REQUEST_MAINTENANCE;
    new_request[`CR_OPCODE]    = {7'd0, write};
    new_request[`CR_POSITION]  = {48'd0, write ? write_address_reg : read_address_reg};
    new_request[`CR_SIZE]      = write ? {24'd0, write_strobe_reg} : 32'd0;
    new_request[`CR_REFERENCE] = write ? write_data_reg : 64'd0;
    request = new_request;
end

always @(posedge clk) begin
    if (s_axil_awvalid && s_axil_awready) begin
        write_address_held_reg <= 1'b1;
        write_address_reg      <= s_axil_awaddr;
    end
    if (s_axil_wvalid && s_axil_wready) begin
        write_data_held_reg <= 1'b1;
        write_data_reg      <= s_axil_wdata;
        write_strobe_reg    <= s_axil_wstrb;
    end
    if (s_axil_arvalid && s_axil_arready) begin
        read_held_reg    <= 1'b1;
        read_address_reg <= s_axil_araddr;
    end
    if (request_taken) begin
        busy_reg           <= 1'b1;
        writing_reg        <= write;
        last_was_write_reg <= write;
        if (write) begin
            write_address_held_reg <= 1'b0;
            write_data_held_reg    <= 1'b0;
        end else
            read_held_reg <= 1'b0;
    end
    if (answer_valid) begin
        write_answer_reg <= writing_reg;
        read_answer_reg  <= !writing_reg;
        data_reg         <= answer_data;
        response_reg     <= answer_response;
    end
    if ((s_axil_bvalid && s_axil_bready) || (s_axil_rvalid && s_axil_rready)) begin
        busy_reg         <= 1'b0;
        write_answer_reg <= 1'b0;
        read_answer_reg  <= 1'b0;
    end
    if (rst) begin
        write_address_held_reg <= 1'b0;
        write_data_held_reg    <= 1'b0;
        read_held_reg          <= 1'b0;
        busy_reg               <= 1'b0;
        write_answer_reg       <= 1'b0;
        read_answer_reg        <= 1'b0;
        last_was_write_reg     <= 1'b0;
    end
end

`ifdef ML_PROPERTIES
/*
 * Properties (make prove; docs/proofs.md)
 */
// an access was taken and has no answer yet
reg        open_reg, write_waiting_reg, read_waiting_reg;
reg [1:0]  write_offered_reg;
reg [65:0] read_offered_reg;

always @(`ML_CYCLE) begin
    // ASSUMED 0: it begins with a reset
    `ML_BEGINS_WITH(rst);
    // ASSUMED 1: a request is taken that is made (ARBITER_1), and answered once
    `ML_ASSUMED((!request_taken || request_valid) && (!answer_valid || open_reg));
end

always @(posedge clk) begin
    open_reg          <= (open_reg && !answer_valid) || request_taken;
    write_waiting_reg <= s_axil_bvalid && !s_axil_bready;
    write_offered_reg <= s_axil_bresp;
    read_waiting_reg  <= s_axil_rvalid && !s_axil_rready;
    read_offered_reg  <= {s_axil_rresp, s_axil_rdata};
    if (rst) begin
        open_reg          <= 1'b0;
        write_waiting_reg <= 1'b0;
        read_waiting_reg  <= 1'b0;
    end
end

always @(`ML_CYCLE) if (!rst) begin
    // 1, 2: valid stays, and what is answered holds until it is taken
    `ML_HOLDS(AXIL_1, !write_waiting_reg || (s_axil_bvalid && s_axil_bresp == write_offered_reg));
    `ML_HOLDS(AXIL_2, !read_waiting_reg || (s_axil_rvalid && {s_axil_rresp, s_axil_rdata} == read_offered_reg));
    // 3: one access at a time: in the commit stage, or one answer that waits
    `ML_HOLDS(AXIL_3, {1'b0, open_reg} + {1'b0, s_axil_bvalid} + {1'b0, s_axil_rvalid} == {1'b0, busy_reg});
end
`endif

endmodule

`resetall
