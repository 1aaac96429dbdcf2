"""What a suite may name, one file per thing: families, steps, datasets, probes."""
