"""The testbench: simulation runner, agents, monitors, scoreboard. tb/hdl/ holds the Verilog that is used only in
simulation."""
