// A request for one step of the commit stage: one format for all requesters, fields that a kind does not use are 0.
// Modules put it together in a register of their own and hand it on once: it goes far, and simulators follow every
// change on its way.
`ifndef COMMIT_REQUEST_VH
`define COMMIT_REQUEST_VH

`define CR_KIND      4:0
`define CR_OPCODE    12:5
`define CR_FUA       12
`define CR_TAG       28:13
`define CR_VOLUME    44:29
`define CR_POSITION  108:45
`define CR_SIZE      140:109
// of a register write: the bytes that it has
`define CR_STROBE    116:109
`define CR_RECEIVED  172:141
// order number, update number or register data
`define CR_REFERENCE 236:173
`define CR_TIME      300:237
`define CR_DATA_CRC  332:301
// read slot, flush, or job of a device: {client, index}
`define CR_SLOT      348:333
`define CR_CLIENT    348:341
`define CR_SLOT_INDEX 337:333
// a cache slot was reserved for the command
`define CR_STORED    349
// the write was journaled
`define CR_JOURNALED 350
// a device answered with an error
`define CR_FAILED    351
// the command has waited for room
`define CR_STALLED   352
// group of a step that is about no volume
`define CR_GROUP     368:353
// what a device returned is not what was written, though it said so of nothing (CR_FAILED is set, too)
`define CR_DAMAGED   369
// of a received journal: none of its packet was handled before
`define CR_FIRST     369
// a discard, or its journal: its size says what is to be zeros, and there is no write data
`define CR_DISCARD   370
`define CR_WIDTH     371

`endif
