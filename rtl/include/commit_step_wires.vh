// What the other modules learn of the step
`include "commit_report_wires.vh"
`include "commit_own_step_wires.vh"
// not of a step: those of the packet that is being taken in may be asked for
wire        step_settled;
