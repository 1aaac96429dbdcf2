"""The recipe by which the stand-in Depth Anything was trained."""
