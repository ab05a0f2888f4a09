"""Bugs that are planted on purpose, to see that a test finds them: lists by area (`rtl_*.py`, `model_*.py`), one kind
of `Bug` for Verilog and model alike (`bug.py`), and what plants them (`plant.py`).
"""
