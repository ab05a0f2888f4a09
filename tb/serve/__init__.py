"""Volumes of two systems in lock-step as block devices for real hosts (docs/hosts.md)."""
