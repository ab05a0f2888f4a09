// The trace: what happens at the system's boundary, with its cycle, and its commit records (docs/hardware.md).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * What happens in a cycle is one entry of a queue. As long as `room` is high the queue takes an entry in every cycle;
 * after it has become low, what is on offer already may still happen, once at each port. Behind the queue the entry's
 * events are told one after the other.
 */
module link_trace #(
    // Storage devices, 1 to 8
    parameter DEVICES = 2
) (
    input  wire                 clk,
    input  wire                 rst,

    output wire                 room,

    // what the system takes
    input  wire                 command,
    input  wire                 write_data,
    input  wire                 register_write,
    input  wire                 register_read,
    input  wire [DEVICES-1:0]   device_write,
    input  wire [DEVICES-1:0]   device_read,
    input  wire                 packet_in,
    // what it gives, and each one's fields, which stay until they have been told
    input  wire                 read_data,
    input  wire [31:0]          read_data_fields,
    output wire                 read_data_told,
    input  wire                 response,
    input  wire [23:0]          response_fields,
    output wire                 response_told,
    input  wire                 register_written,
    input  wire                 register_data,
    input  wire [71:0]          register_fields,
    output wire                 register_told,
    input  wire                 packet_first,
    input  wire                 packet_out,
    input  wire [15:0]          packet_out_fields,
    output wire                 packet_out_told,

    // commit trace of the system
    input  wire [1023:0]        s_axis_commit_tdata,
    input  wire                 s_axis_commit_tvalid,
    output wire                 s_axis_commit_tready,

    output wire [7:0]           out_data,
    output wire                 out_valid,
    input  wire                 out_ready,
    // with this byte somebody has an answer
    output wire                 out_flush
);

`ML_REQUIRE_DEVICES

localparam EVENTS = 12 + 2 * DEVICES;
// entries, and those that may still come when there is no more room
localparam DEPTH = (DEVICES > 2) ? 32 : 16;
localparam LATE = 8 + 2 * DEVICES;
localparam [31:0] FEW = DEPTH - LATE;
localparam D = 2 * DEVICES;
localparam [4:0] FIRST_DEVICE = 5'd4, PACKET_IN = FIRST_DEVICE + D;
localparam [4:0] RECORD = PACKET_IN + 5'd1, READ_DATA = PACKET_IN + 5'd2, LAST = PACKET_IN + 5'd7;
localparam [3:0]
    KIND_RECORD        = 4'd0,
    KIND_DEVICE_WRITE  = 4'd5,
    KIND_PACKET_IN     = 4'd7,
    KIND_READ_DATA     = 4'd8,
    KIND_HOST_RESPONSE = 4'd9,
    KIND_WRITTEN       = 4'd10,
    KIND_DATA          = 4'd11,
    KIND_PACKET_OUT    = 4'd13;

/*
 * The queue
 */
reg  [47:0]        cycles_reg;
reg                room_reg, queued_reg;
wire               record_done;
wire               record = s_axis_commit_tvalid && !queued_reg && room_reg;
wire [2*DEVICES-1:0] device;
wire [EVENTS-1:0]  happens = {packet_out, packet_first, register_data, register_written, response, read_data, record,
                              packet_in, device, register_read, register_write, write_data, command};
wire [EVENTS-1:0]  is_record = {{EVENTS-1{1'b0}}, 1'b1} << RECORD;
wire               timed = (happens & ~is_record) != 0;
wire [EVENTS-1:0]  entry;
wire [47:0]        entry_cycles;
wire               entry_valid, entry_ready;
wire [$clog2(DEPTH):0] count;

assign room = room_reg;

generate
    genvar n;
    for (n = 0; n < DEVICES; n = n + 1) begin : of
        assign device[2*n +: 2] = {device_read[n], device_write[n]};
    end
endgenerate

fifo #(.WIDTH(48 + EVENTS), .DEPTH(DEPTH)) queue (
    .clk(clk), .rst(rst), .in_data({cycles_reg, happens}), .in_valid(happens != 0), .in_ready(),
    .out_data({entry_cycles, entry}), .out_valid(entry_valid), .out_ready(entry_ready), .count(count)
);

always @(posedge clk) begin
    cycles_reg <= timed ? 48'd1 : cycles_reg + 48'd1;
    room_reg   <= count < FEW[$clog2(DEPTH):0];
    if (record)
        queued_reg <= 1'b1;
    else if (record_done)
        queued_reg <= 1'b0;
    if (rst) begin
        cycles_reg <= 48'd0;
        room_reg   <= 1'b0;
        queued_reg <= 1'b0;
    end
end

/*
 * Items
 */
localparam [2:0]
    FETCH  = 3'd0,
    SCAN   = 3'd1,
    HEAD   = 3'd2,
    CYCLES = 3'd3,
    FIELDS = 3'd4,
    WHOLE  = 3'd5;

reg [2:0]        state_reg, state_next;
// events that are still to be told, from the one of this number on; the entry's cycles have been told
reg [EVENTS-1:0] events_reg, events_next;
reg [4:0]        number_reg, number_next;
reg              told_reg, told_next;
// the cycles that are still to be told; bytes of the fields that have been
reg [47:0]       text_reg, text_next;
reg [3:0]        place_reg, place_next;
reg [7:0]        head;
reg [3:0]        kind, bytes;
reg [8*16-1:0]   fields;

wire [7:0]       delta_data;
wire             delta_valid;
wire [3:0]       device_number = number_reg[3:0] - FIRST_DEVICE[3:0];
wire             more    = text_reg[47:7] != 41'd0;
wire             telling = state_reg == HEAD || state_reg == CYCLES || state_reg == FIELDS;
// the last byte of an item that is no record leaves
wire             ends    = out_ready && ((state_reg == HEAD && told_reg && kind != KIND_RECORD && bytes == 4'd0)
                                         || (state_reg == CYCLES && !more && bytes == 4'd0)
                                         || (state_reg == FIELDS && place_reg + 4'd1 == bytes));

assign entry_ready     = state_reg == FETCH;
assign out_data        = (state_reg == WHOLE) ? delta_data : (state_reg == HEAD) ? head
                         : (state_reg == CYCLES) ? {more, text_reg[6:0]} : fields[8*place_reg +: 8];
assign out_valid       = (state_reg == WHOLE) ? delta_valid : telling;
assign read_data_told  = ends && kind == KIND_READ_DATA;
assign response_told   = ends && kind == KIND_HOST_RESPONSE;
assign register_told   = ends && (kind == KIND_WRITTEN || kind == KIND_DATA);
assign packet_out_told = ends && kind == KIND_PACKET_OUT;
assign out_flush       = read_data_told || response_told || register_told || packet_out_told;

record_delta delta (
    .clk(clk), .rst(rst), .s_axis_tdata(s_axis_commit_tdata), .s_axis_tready(s_axis_commit_tready),
    .start(state_reg == WHOLE), .done(record_done), .out_data(delta_data), .out_valid(delta_valid),
    .out_ready(out_ready && state_reg == WHOLE)
);

always @* begin
    // what is told next, and what belongs to it
    if (number_reg < FIRST_DEVICE)
        kind = number_reg[3:0] + 4'd1;
    else if (number_reg < PACKET_IN)
        kind = KIND_DEVICE_WRITE + {3'd0, device_number[0]};
    else if (number_reg == PACKET_IN)
        kind = KIND_PACKET_IN;
    else if (number_reg == RECORD)
        kind = KIND_RECORD;
    else
        kind = KIND_READ_DATA + (number_reg[3:0] - READ_DATA[3:0]);
    head   = {told_reg || kind == KIND_RECORD, 3'd0, kind};
    if (number_reg >= FIRST_DEVICE && number_reg < PACKET_IN)
        head[6:4] = device_number[3:1];
    bytes  = 4'd0;
    fields = {8*16{1'b0}};
    case (kind)
        KIND_READ_DATA: begin
            bytes        = 4'd4;
            fields[31:0] = read_data_fields;
        end
        KIND_HOST_RESPONSE: begin
            bytes        = 4'd3;
            fields[23:0] = response_fields;
        end
        KIND_WRITTEN: begin
            bytes       = 4'd1;
            fields[7:0] = register_fields[7:0];
        end
        KIND_DATA: begin
            bytes        = 4'd9;
            fields[71:0] = register_fields;
        end
        KIND_PACKET_OUT: begin
            bytes        = 4'd2;
            fields[15:0] = packet_out_fields;
        end
        default: ;
    endcase
end

always @* begin
    state_next  = state_reg;
    events_next = events_reg;
    number_next = number_reg;
    told_next   = told_reg;
    text_next   = text_reg;
    place_next  = 4'd0;
    case (state_reg)
        FETCH: begin
            events_next = entry;
            number_next = 5'd0;
            told_next   = 1'b0;
            text_next   = entry_cycles;
            if (entry_valid)
                state_next = SCAN;
        end
        SCAN:
            if (events_reg[0])
                state_next = HEAD;
            else begin
                events_next = events_reg >> 1;
                number_next = number_reg + 5'd1;
                if (number_reg == LAST)
                    state_next = FETCH;
            end
        HEAD: begin
            if (out_ready) begin
                told_next  = told_reg || kind != KIND_RECORD;
                state_next = (kind == KIND_RECORD) ? WHOLE : !told_reg ? CYCLES : FIELDS;
            end
        end
        CYCLES:
            if (out_ready) begin
                text_next = {7'd0, text_reg[47:7]};
                if (!more)
                    state_next = FIELDS;
            end
        FIELDS:
            place_next = out_ready ? place_reg + 4'd1 : place_reg;
        default:
            if (record_done) begin
                events_next[0] = 1'b0;
                state_next     = SCAN;
            end
    endcase
    if (ends) begin
        events_next[0] = 1'b0;
        state_next     = SCAN;
    end
end

always @(posedge clk) begin
    state_reg  <= state_next;
    events_reg <= events_next;
    number_reg <= number_next;
    told_reg   <= told_next;
    text_reg   <= text_next;
    place_reg  <= place_next;
    if (rst)
        state_reg <= FETCH;
end

endmodule

`resetall
