// What the processes decided, for the stage in which it changes the tables
`include "commit_wanted_wires.vh"
`include "commit_own_change_wires.vh"
`include "commit_own_step_wires.vh"
`include "commit_own_result_wires.vh"
`include "commit_record_wires.vh"
// a journal of initial copy
wire [7:0]  copy_kind;
// the journal or range that the step is about
wire [63:0] decided_position;
wire [31:0] decided_size;
// when it was decided
wire [47:0] decided_cycle;
