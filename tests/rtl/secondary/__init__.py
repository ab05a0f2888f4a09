"""Tests of the modules in rtl/secondary/."""
