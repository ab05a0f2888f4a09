"""Tests of what a seed draws and of what is said of its failure."""
