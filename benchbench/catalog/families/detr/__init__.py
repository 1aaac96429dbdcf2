"""DETR on the transformers implementation."""
