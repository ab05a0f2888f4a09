"""Tests of the variations."""
