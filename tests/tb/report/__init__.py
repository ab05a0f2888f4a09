"""Tests of what a capture shows."""
