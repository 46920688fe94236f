"""The formulas in mpmath: the oracle that golden values come from."""
