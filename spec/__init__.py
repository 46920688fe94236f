"""The formulas of the focal-loss family as numbered clauses, and their loader."""
