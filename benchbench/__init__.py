"""benchbench: reported numbers of compressed vision transformers beside measured ones, and a verdict on each."""

__version__ = "0.1.0"
