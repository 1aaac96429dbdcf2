"""Training of a subject in place: what the steps that train, and the probes that measure a training, are made of."""
