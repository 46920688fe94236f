"""The formulas in Arb balls: rigorous enclosures that prove golden values."""
