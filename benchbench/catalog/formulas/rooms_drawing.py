"""Drawing of the generated depth data `rooms`: a pure function of (seed, index), NumPy only.

A picture is a ray-cast view into a room: a box of floor, ceiling and walls with spheres, upright cylinders and turned
boxes standing on the floor, textured and lit by one lamp (Lambert). The depth of every pixel is exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIZE = 98
"""Side of a picture in pixels."""
VERSION = 1
"""Raised whenever the pictures of a seed change."""

Floats = NDArray[np.float32]
_FACES = 6
_TINY = 1e-6
_NEAREST = 0.05


@dataclass(frozen=True)
class Room:
    """One picture with its truth: (98, 98, 3) uint8 RGB and (98, 98) float32 depth along the optical axis, metres."""

    image: NDArray[np.uint8]
    depth: Floats


@dataclass(frozen=True)
class _View:
    """A camera in a room. `rays` (3, n) advance one metre of depth per unit, so that distance along one is depth."""

    extent: Floats
    eye: Floats
    rays: Floats


@dataclass(frozen=True)
class _Thing:
    """An object: centre (3,), half sizes (3,), turn about the vertical in radians, and the shape of its surface."""

    centre: Floats
    half: Floats
    turn: float
    shape: Callable[[Floats, Floats, Floats], tuple[Floats, Floats]]


@dataclass(frozen=True)
class _Seen:
    """What each ray meets first: distance (n,), surface (n,), normal (3, n) and texture coordinates (2, n)."""

    distance: Floats
    surface: NDArray[np.int64]
    normal: Floats
    texture: Floats


def draw(seed: int, index: int) -> Room:
    """Picture number `index` of the endless series that `seed` names."""
    rng = np.random.default_rng([seed, index])
    view = _view(rng)
    seen = _walls(view)
    things = [_thing(rng, view) for _ in range(int(rng.integers(2, 7)))]
    for number, thing in enumerate(things):
        _place(seen, view, thing, _FACES + number)
    light = _albedo(rng, seen, _FACES + len(things)) * _shading(rng, view, seen)
    light += 0.02 * rng.standard_normal(light.shape, dtype=np.float32)
    image = (255 * np.clip(light, 0, 1)).astype(np.uint8)
    return Room(image.T.reshape(SIZE, SIZE, 3), seen.distance.reshape(SIZE, SIZE))


def _view(rng: np.random.Generator) -> _View:
    extent = np.array([rng.uniform(3, 8), rng.uniform(2.3, 3.4), rng.uniform(4, 10)], np.float32)
    eye = extent * np.array([rng.uniform(0.3, 0.7), 0, rng.uniform(0.05, 0.2)], np.float32)
    eye[1] = rng.uniform(1.0, 1.8)
    yaw, pitch, focal = rng.uniform(-0.5, 0.5), rng.uniform(-0.05, 0.4), rng.uniform(1.0, 1.2)
    grid = ((np.arange(SIZE) + 0.5) / SIZE * 2 - 1) / focal
    across, down = (axis.ravel() for axis in np.meshgrid(grid, grid))
    up, ahead = -down * np.cos(pitch) - np.sin(pitch), -down * np.sin(pitch) + np.cos(pitch)
    rays = [across * np.cos(yaw) + ahead * np.sin(yaw), up, ahead * np.cos(yaw) - across * np.sin(yaw)]
    return _View(extent, eye, np.stack(rays).astype(np.float32))


def _walls(view: _View) -> _Seen:
    """The room from inside: the first of its six planes."""
    rays = np.where(np.abs(view.rays) < _TINY, np.float32(_TINY), view.rays)
    forward = rays > 0
    distances = (np.where(forward, view.extent[:, None], 0) - view.eye[:, None]) / rays
    axis = distances.argmin(0)
    at = np.arange(len(axis))
    distance = distances[axis, at].astype(np.float32)
    normal = np.zeros_like(rays)
    normal[axis, at] = np.where(forward[axis, at], -1, 1)
    points = view.eye[:, None] + distance * rays
    texture = np.where(axis == 0, points[[2, 1]], np.where(axis == 1, points[[0, 2]], points[[0, 1]]))
    return _Seen(distance, 2 * axis + forward[axis, at], normal, texture)


def _thing(rng: np.random.Generator, view: _View) -> _Thing:
    shape = (_sphere, _box, _cylinder)[int(rng.integers(3))]
    half = np.array([rng.uniform(0.18, 0.6), rng.uniform(0.15, 0.9), rng.uniform(0.18, 0.6)], np.float32)
    if shape is not _box:
        half[2] = half[0]
    if shape is _sphere:
        half[1] = half[0]
    reach = max(float(view.extent[2] - view.eye[2]) - 1.2, 0.5)
    ahead = view.eye[2] + 0.9 + rng.uniform(0, 0.9) * reach
    centre = np.array([rng.uniform(0.1, 0.9) * view.extent[0], half[1], ahead], np.float32)
    return _Thing(centre, half, float(rng.uniform(0, np.pi)), shape)


def _place(seen: _Seen, view: _View, thing: _Thing, surface: int) -> None:
    """Writes the thing over what it hides, looking only at the rays that meet the sphere around it."""
    offset = view.eye - thing.centre
    along = offset @ view.rays
    lengths = np.einsum("in,in->n", view.rays, view.rays)
    around = float(offset @ offset - thing.half @ thing.half)
    near = np.flatnonzero(along * along > lengths * around)
    cosine, sine = np.float32(np.cos(thing.turn)), np.float32(np.sin(thing.turn))
    to_local = np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]], np.float32)
    origin, rays = to_local @ offset, to_local @ view.rays[:, near]
    distance, normal = thing.shape(origin, np.where(np.abs(rays) < _TINY, np.float32(_TINY), rays), thing.half)
    hit = (distance > _NEAREST) & (distance < seen.distance[near])
    at, local = near[hit], origin[:, None] + distance[hit] * rays[:, hit]
    seen.distance[at], seen.surface[at] = distance[hit], surface
    seen.normal[:, at] = to_local.T @ normal[:, hit]
    seen.texture[:, at] = local[0] + local[2], local[1]


def _sphere(origin: Floats, rays: Floats, half: Floats) -> tuple[Floats, Floats]:
    distance = _circle(origin, rays, half[0])[0]
    return distance, (origin[:, None] + _finite(distance) * rays) / half[0]


def _circle(origin: Floats, rays: Floats, radius: float) -> tuple[Floats, Floats]:
    """Distances at which rays enter and leave a sphere, or in two dimensions a circle; inf and -inf without a hit."""
    square, middle = np.einsum("in,in->n", rays, rays), origin @ rays
    inside = middle * middle - square * (origin @ origin - radius * radius)
    root = np.sqrt(np.maximum(inside, 0))
    hit = inside > 0
    return (
        np.where(hit, (-middle - root) / square, np.inf).astype(np.float32),
        np.where(hit, (-middle + root) / square, -np.inf).astype(np.float32),
    )


def _slabs(origin: Floats, rays: Floats, half: Floats) -> tuple[Floats, Floats]:
    """Distances at which rays enter and leave the space between pairs of planes, per axis."""
    one, other = (-half[:, None] - origin[:, None]) / rays, (half[:, None] - origin[:, None]) / rays
    return np.minimum(one, other), np.maximum(one, other)


def _box(origin: Floats, rays: Floats, half: Floats) -> tuple[Floats, Floats]:
    entering, leaving = _slabs(origin, rays, half)
    axis, distance = entering.argmax(0), entering.max(0)
    normal = np.zeros_like(rays)
    at = np.arange(len(axis))
    normal[axis, at] = -np.sign(rays[axis, at])
    return np.where(distance < leaving.min(0), distance, np.float32(np.inf)), normal


def _cylinder(origin: Floats, rays: Floats, half: Floats) -> tuple[Floats, Floats]:
    """Upright, with a flat top and bottom."""
    entering, leaving = _circle(origin[[0, 2]], rays[[0, 2]], half[0])
    caps_in, caps_out = (each[0] for each in _slabs(origin[1:2], rays[1:2], half[1:2]))
    distance = np.maximum(entering, caps_in)
    distance = np.where(distance < np.minimum(leaving, caps_out), distance, np.float32(np.inf))
    side = (origin[:, None] + _finite(distance) * rays) / half[0]
    side[1] = 0
    cap = np.zeros_like(rays)
    cap[1] = -np.sign(rays[1])
    return distance, np.where(caps_in > entering, cap, side)


def _finite(distance: Floats) -> Floats:
    return np.where(np.isfinite(distance), distance, 0)


def _albedo(rng: np.random.Generator, seen: _Seen, surfaces: int) -> Floats:
    """Each surface plain, striped, checked or softly waved between two colours of its own: (3, n) in 0..1."""
    colours = rng.uniform(0.15, 0.95, (3, surfaces)).astype(np.float32)
    others = np.clip(colours + rng.uniform(-0.35, 0.35, (3, surfaces)), 0, 1).astype(np.float32)
    kinds, waves = rng.integers(0, 4, surfaces), rng.uniform(4, 24, surfaces).astype(np.float32)
    u, v = np.sin(seen.texture * waves[seen.surface])
    patterns = np.stack([np.zeros_like(u), u > 0, u * v > 0, 0.5 + 0.25 * (u + v)])
    share = patterns[kinds[seen.surface], np.arange(len(u))]
    mixed: Floats = colours[:, seen.surface] * (1 - share) + others[:, seen.surface] * share
    return mixed


def _shading(rng: np.random.Generator, view: _View, seen: _Seen) -> Floats:
    """Light of a lamp below the ceiling: ambient, and the cosine to the normal fading with distance."""
    lamp = view.extent * np.array([rng.uniform(0.2, 0.8), 0.92, rng.uniform(0.2, 0.8)], np.float32)
    towards = lamp[:, None] - (view.eye[:, None] + seen.distance * view.rays)
    far = np.sqrt(np.einsum("in,in->n", towards, towards)) + np.float32(1e-4)
    cosine = np.abs(np.einsum("in,in->n", towards, seen.normal)) / far
    shade: Floats = np.float32(0.35) + np.float32(0.9) * cosine / (1 + np.float32(0.08) * far * far)
    return shade
