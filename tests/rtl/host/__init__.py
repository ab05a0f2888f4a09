"""Tests of the modules in rtl/host/."""
