"""Tests of the modules in rtl/device/."""
