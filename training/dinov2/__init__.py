"""How the encoder of the small DINOv2 that benchbench ships was pre-trained: on another task than it is used for."""
