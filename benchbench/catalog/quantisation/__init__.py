"""Weights and activations in eight bits: the layers of ours, and what is done to an exported file."""
