"""Volumes of a run as block devices for real hosts: what is between NBD and the host ports of two storage systems."""
