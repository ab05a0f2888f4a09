"""Tests of the processes of the figures."""
