"""Golden values: cases written by people, values computed by the oracle."""
