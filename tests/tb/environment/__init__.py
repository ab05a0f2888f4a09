"""Tests of the pyuvm environment's parts."""
