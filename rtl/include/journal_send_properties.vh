// A property of journal_send (docs/proofs.md), included in it: commands have their turns.
`include "properties.vh"

`ifdef ML_PROPERTIES
// a command has its turn when its group has a buffer and reads nothing, whatever other groups do (docs/proofs.md)
// (cycles in which none has its turn are counted, too)
`ML_IN_TURN_WITHIN(GROUPS + 1, 4 * GROUPS + 4,
                   {1'b0, command_valid & journal_fetch_inst.buffer_may_take & ~journal_fetch_inst.in_flight_reg},
                   {journal_fetch_inst.state_reg == 3'd0 && !journal_fetch_inst.chooses,
                    {GROUPS{journal_fetch_inst.chooses}} & journal_fetch_inst.chosen})
`endif
