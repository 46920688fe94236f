"""The NumPy focal losses."""
