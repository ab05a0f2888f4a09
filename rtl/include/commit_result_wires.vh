// What the step sends out
`include "commit_sent_wires.vh"
`include "commit_own_result_wires.vh"
