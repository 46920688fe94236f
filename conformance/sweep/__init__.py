"""Sweeps: every finite input of a format tried, and each result held against the exact value."""
