"""How the small DETR that benchbench ships was trained."""
