// In a module's body: the fields of a request that each requester gives. All others are 0, and not looked at.
localparam [10:0]
    OF_GROUP = 11'h001, OF_TAG = 11'h002, OF_VOLUME = 11'h004, OF_POSITION = 11'h008, OF_SIZE = 11'h010,
    OF_RECEIVED = 11'h020, OF_REFERENCE = 11'h040, OF_SLOT = 11'h080, OF_FAILURE = 11'h100, OF_OPCODE = 11'h200,
    OF_DISCARD = 11'h400;

function [`CR_WIDTH-1:0] fields(input [10:0] given);
    begin
        fields = 0;
        fields[`CR_KIND]      = 5'h1F;
        fields[`CR_GROUP]     = {16{(given & OF_GROUP) != 0}};
        fields[`CR_TAG]       = {16{(given & OF_TAG) != 0}};
        fields[`CR_VOLUME]    = {16{(given & OF_VOLUME) != 0}};
        fields[`CR_POSITION]  = {64{(given & OF_POSITION) != 0}};
        fields[`CR_SIZE]      = {32{(given & OF_SIZE) != 0}};
        fields[`CR_RECEIVED]  = {32{(given & OF_RECEIVED) != 0}};
        fields[`CR_REFERENCE] = {64{(given & OF_REFERENCE) != 0}};
        fields[`CR_SLOT]      = {16{(given & OF_SLOT) != 0}};
        fields[`CR_FAILED]    = (given & OF_FAILURE) != 0;
        fields[`CR_DAMAGED]   = (given & OF_FAILURE) != 0;
        fields[`CR_OPCODE]    = {8{(given & OF_OPCODE) != 0}};
        fields[`CR_DISCARD]   = (given & OF_DISCARD) != 0;
    end
endfunction

// announcements, heartbeat, journal read commands, journal store
localparam [4*`CR_WIDTH-1:0] OWN_FIELDS = {
    fields(OF_GROUP), fields(OF_GROUP), fields(OF_GROUP),
    fields(OF_GROUP | OF_VOLUME | OF_POSITION | OF_SIZE | OF_RECEIVED | OF_REFERENCE | OF_DISCARD)};
// operations; restore: scans, journals freed, journals written; received packets; sending: data lost, its reads,
// commands; initial copy
localparam [9*`CR_WIDTH-1:0] REPLICATION_FIELDS = {
    fields(OF_GROUP | OF_TAG | OF_RECEIVED | OF_FAILURE | OF_OPCODE),
    fields(OF_GROUP | OF_REFERENCE),
    fields(OF_GROUP | OF_OPCODE | OF_VOLUME | OF_SIZE | OF_REFERENCE | OF_DISCARD),
    fields(OF_GROUP | OF_OPCODE | OF_VOLUME | OF_POSITION | OF_SIZE | OF_REFERENCE | OF_SLOT | OF_FAILURE | OF_DISCARD),
    fields(OF_GROUP | OF_TAG | OF_VOLUME | OF_POSITION | OF_SIZE | OF_RECEIVED | OF_REFERENCE | OF_SLOT | OF_FAILURE
           | OF_DISCARD),
    fields(OF_GROUP | OF_TAG | OF_VOLUME | OF_REFERENCE | OF_FAILURE),
    fields(OF_GROUP | OF_VOLUME | OF_POSITION | OF_SIZE),
    fields(OF_GROUP | OF_TAG | OF_SIZE | OF_RECEIVED | OF_REFERENCE | OF_FAILURE),
    fields(OF_GROUP | OF_SLOT)};
localparam [`CR_WIDTH-1:0] DEVICE_FIELDS = fields(OF_SLOT | OF_FAILURE);
// flushes, commands
localparam [2*`CR_WIDTH-1:0] HOST_FIELDS = {fields(OF_TAG | OF_VOLUME | OF_REFERENCE | OF_FAILURE), {`CR_WIDTH{1'b1}}};
localparam [`CR_WIDTH-1:0] REGISTER_FIELDS = fields(OF_OPCODE | OF_POSITION | OF_SIZE | OF_REFERENCE);
