"""Hold any implementation of focal loss against the golden values."""
