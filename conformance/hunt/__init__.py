"""Looks beyond the golden values for inputs where an implementation is wrong."""
