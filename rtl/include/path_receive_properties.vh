// Properties of path_receive (docs/proofs.md), included in it: of the packet that comes in.
`include "properties.vh"

`ifdef ML_PROPERTIES
// beats of write data that the header names, and that went to the buffer
reg [BEAT_WIDTH:0]      named_reg, written_reg;
// the last update information; one was not what any may be
reg [`CP_UNIT_BITS-1:0] information_reg;
reg                     illegal_reg;
wire illegal = information_reg[320 +: 9] != 9'd0 || information_reg[320 +: 32] > MAX_TRANSFER_BYTES
               || information_reg[432 +: 8] > `UI_KIND_DISCARD || information_reg[440 +: 8] > 8'd1
               || information_reg[448 +: 32] != 32'd0;

always @(posedge clk) begin
    if (beat)
        information_reg <= {s_axis_path_tdata, information_reg} >> DATA_WIDTH;
    if (data_enable)
        written_reg <= written_reg + 1'b1;
    if (check_information_reg && illegal)
        illegal_reg <= 1'b1;
    if (check_header_reg)
        named_reg <= data_beats_in[BEAT_WIDTH:0];
    if (header_end) begin
        written_reg <= 0;
        illegal_reg <= 1'b0;
    end
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: no more write data goes to the buffer than the header names
    `ML_HOLDS(RECEIVE_1, !data_enable || written_reg < named_reg);
    // 2: and no CRC of a packet that is dropped
    `ML_HOLDS(RECEIVE_2, !crc_enable || (state_reg == PAYLOAD && fault_reg == `CP_FAULT_NONE));
    // 3: a packet with update information that none may be is dropped
    `ML_HOLDS(RECEIVE_3, !packet_end || !is_journals_reg || !illegal_reg || fault != `CP_FAULT_NONE);
end
`endif
