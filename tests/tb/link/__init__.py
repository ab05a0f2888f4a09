"""Tests of the machine's end of the link."""
