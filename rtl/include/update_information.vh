// Update information (FIG 3, 21, 22): 64 bytes, little-endian; bit ranges of its fields.
`ifndef UPDATE_INFORMATION_VH
`define UPDATE_INFORMATION_VH

`define UPDATE_INFORMATION_BYTES 64
`define UPDATE_INFORMATION_BITS  512

`define UI_UPDATE_NUMBER    63:0
`define UI_TIME             127:64
`define UI_POSITION         191:128
`define UI_POSITION_IN_BLOCK 136:128
`define UI_JOURNAL_POSITION 255:192
`define UI_DATA_OFFSET      319:256
`define UI_SIZE             351:320
`define UI_DATA_CRC         383:352
`define UI_GROUP            399:384
`define UI_VOLUME           415:400
`define UI_JOURNAL_VOLUME   431:416
`define UI_KIND             439:432
`define UI_FLAGS            447:440
`define UI_RESERVED         479:448
`define UI_INFO_CRC         511:480
`define UI_COVERED_BITS     480

`define UI_KIND_HOST_WRITE          8'd0
`define UI_KIND_INITIAL_COPY        8'd1
`define UI_KIND_END_OF_INITIAL_COPY 8'd2
`define UI_KIND_DISCARD             8'd3

`endif
