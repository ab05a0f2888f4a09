// Properties of restore_pipe (docs/proofs.md), included in it: what was found of a group is dropped, all of it and
// nothing else.
`include "properties.vh"

`ifdef ML_PROPERTIES
// groups of which it was, in the cycle before: also journals whose write had begun
reg [GROUPS-1:0]      dropped_reg, cleared_reg;
// slots before that: taken, write begun, dropped; groups whose scan was cancelled
reg [CACHE_SLOTS-1:0] busy_reg, written_reg, gone_reg;
reg [GROUPS-1:0]      again_reg;
// a read of the journal failed
reg [CACHE_SLOTS-1:0] unread_reg;
integer g, s;

always @(posedge clk) begin
    dropped_reg <= drops ? ONE_GROUP << write_index : {GROUPS{1'b0}};
    cleared_reg <= clear ? ONE_GROUP << group_index : {GROUPS{1'b0}};
    again_reg   <= (step_scan && scan_cancelled) ? ONE_GROUP << group_index : {GROUPS{1'b0}};
    busy_reg    <= slots.busy;
    written_reg <= slots.written_reg;
    gone_reg    <= slots.dropped_reg;
    if (checked && checked_failed)
        unread_reg[checked_slot] <= 1'b1;
    if (enter)
        unread_reg[enter_slot] <= 1'b0;
end

always @(`ML_CYCLE) if (!rst) begin
    // ASSUMED: a group is started again while no step is in flight, nor granted
    `ML_ASSUMED(!clear || (request_taken == 3'd0 && !scan.asked_reg && !slots.write_asked_reg
                           && !slots.free_asked_reg));
    for (g = 0; g < GROUPS; g = g + 1) begin
        // 1: behind a drop, or a new start, no update information is left that may be cut into journals
        `ML_HOLDS(RESTORE_1, !(dropped_reg[g] || cleared_reg[g])
                             || (entries.used_reg[2*g +: 2] & ~entries.dropped_reg[2*g +: 2]) == 0);
        // 2: and no scan goes on from it
        `ML_HOLDS(RESTORE_2, !(dropped_reg[g] || cleared_reg[g])
                             || (scan.found[g] == 0 && (!scan.asked_reg || scan.turn_reg != g || scan.cancelled_reg)));
        // 3: what was dropped is looked for again
        `ML_HOLDS(RESTORE_3, !(dropped_reg[g] || again_reg[g]) || scan.attention_reg[g]);
    end
    for (s = 0; s < CACHE_SLOTS; s = s + 1) begin
        // 4: no journal is left that may be written; behind a new start, or freed
        `ML_HOLDS(RESTORE_4, !slots.busy[s] || slots.dropped_reg[s] || !(cleared_reg[slots.groups[s]]
                             || (dropped_reg[slots.groups[s]] && !slots.written_reg[s])));
        // 5: those whose write had begun are freed as ever
        `ML_HOLDS(RESTORE_5, cleared_reg != 0 || gone_reg[s] || !busy_reg[s] || !written_reg[s]
                             || !slots.busy[s] || !slots.dropped_reg[s]);
    end
    // 6: none is written of which a part could not be read
    `ML_HOLDS(RESTORE_6, !request_valid[0] || !unread_reg[slots.write_slot] || request[`CR_FAILED]);
end
`endif
