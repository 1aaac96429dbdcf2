"""How the small vision transformers that benchbench ships were trained: three sizes by one recipe."""
