"""Tests of `mirrorlog decode`."""
