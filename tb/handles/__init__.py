"""The Verilog side of the testbench from Python: ports, storage devices, connection path, systems, the capture
that it writes."""
