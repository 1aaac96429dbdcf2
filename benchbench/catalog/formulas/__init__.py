"""The maths: arrays in, numbers out. Knows no probe, no model and no torch."""
