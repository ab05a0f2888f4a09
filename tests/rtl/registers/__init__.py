"""Tests of the modules in rtl/registers/."""
