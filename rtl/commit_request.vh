// A request for one step of the commit stage: one format for all requesters, fields that a kind does not use are 0.
`ifndef COMMIT_REQUEST_VH
`define COMMIT_REQUEST_VH

`define CR_KIND      2:0
`define CR_OPCODE    10:3
`define CR_TAG       26:11
`define CR_VOLUME    42:27
`define CR_POSITION  106:43
`define CR_SIZE      138:107
`define CR_RECEIVED  170:139
// order number, update number or register data
`define CR_REFERENCE 234:171
`define CR_TIME      298:235
`define CR_DATA_CRC  330:299
// cache slot, read slot or flush
`define CR_SLOT      346:331
// a cache slot was reserved for the command
`define CR_STORED    347
// the write was journaled
`define CR_JOURNALED 348
// a device answered with an error
`define CR_FAILED    349
// the command has waited for room, and the watch time has run out
`define CR_STALLED   350
`define CR_EXPIRED   351
`define CR_WIDTH     352

`endif
