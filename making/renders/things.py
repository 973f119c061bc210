"""Render things that ImageNet names, for the practice weights to learn from.

Run it with Blender; it goes on after a stop, since it leaves out the pictures that exist::

    blender -b --factory-startup -P making/renders/things.py -- FOLDER --each 100 --first 0
"""

import argparse
import math
import sys
from itertools import pairwise
from pathlib import Path
from random import Random

import bpy
from mathutils import Vector, kdtree

sys.path.insert(0, str(Path(__file__).parent))

import studio  # noqa: E402
from studio import any_color, ball, box, cylinder, lathe, near, panel, patterned, plain, together, tube, wood  # noqa: E402

BLACK, WHITE = (0.012, 0.012, 0.014), (0.8, 0.79, 0.76)
STEEL, BRASS, COPPER = (0.6, 0.61, 0.63), (0.75, 0.5, 0.15), (0.7, 0.3, 0.15)
GREENS = [(0.03, 0.1, 0.02), (0.08, 0.2, 0.03)]
GOLDEN = (1 + math.sqrt(5)) / 2


# Helpers


def circle(radius, height=0.0, count=12, start=0.0):
    """List points on a level circle."""
    angles = [math.radians(start) + 2 * math.pi * k / count for k in range(count)]
    return [(radius * math.cos(a), radius * math.sin(a), height) for a in angles]


def arc(radius, first, last, count=12):
    """List points (x, z) on an upright arc between two angles in degrees, 0 being along x."""
    angles = [math.radians(first + (last - first) * k / (count - 1)) for k in range(count)]
    return [(radius * math.cos(a), radius * math.sin(a)) for a in angles]


def spiral(count):
    """List directions that lie evenly on a ball."""
    heights = [1 - (2 * k + 1) / count for k in range(count)]
    return [
        Vector((math.cos(2.39996 * k) * math.sqrt(1 - z * z), math.sin(2.39996 * k) * math.sqrt(1 - z * z), z))
        for k, z in enumerate(heights)
    ]


def colored(thing, materials, steps, count):
    """Give the ``count`` sectors of a turned shape several materials by turns."""
    for material in materials[1:]:
        thing.data.materials.append(material)
    for index, face in enumerate(thing.data.polygons):
        face.material_index = index % steps * count // steps % len(materials)
    return thing


def ring(radius, height, thick, material, tall=1.0, at=(0, 0, 0), turn=(0, 0, 0)):
    """Make a hoop about the z axis; ``tall`` stretches its section."""
    section = [(radius + x, height + z * tall) for x, z in arc(thick, 0, 360, 9)]
    return lathe(section, material, at, turn)


def darker(color, factor):
    """Darken a color, or lighten it where the factor is above 1."""
    return tuple(min(1, channel * factor) for channel in color)


def shiny(rng, color=None):
    """Choose a metal."""
    return plain(near(rng, color or rng.choice([STEEL, STEEL, BRASS, (0.9, 0.9, 0.9)])), rng.uniform(0.15, 0.4), 1.0)


def any_turn(rng):
    """Choose any way to lie."""
    return [rng.uniform(0, 360) for _ in range(3)]


# Drums


def drum_finish(rng):
    """Choose how the shell of a drum looks."""
    color = rng.choice([(0.5, 0.01, 0.01), (0.01, 0.03, 0.3), BLACK, WHITE, any_color(rng, (0.6, 0.95), (0.1, 0.6))])
    kind = rng.randrange(6)
    if kind < 2:
        return patterned(
            "wood", [near(rng, (0.25, 0.1, 0.03)), near(rng, (0.5, 0.25, 0.1))], 1.5, 0.25, stretch=(1, 1, 0.2)
        )
    if kind == 2:
        return patterned("noise", [color, near(rng, color, 0.6)], 30, 0.15, 0.7)
    if kind == 3:
        return shiny(rng, rng.choice([STEEL, BRASS, COPPER]))
    return plain(color, rng.uniform(0.1, 0.4))


def drum_head(rng):
    """Choose a white, coated, skin or dark drum head."""
    color = rng.choice([(0.85, 0.84, 0.8)] * 3 + [(0.75, 0.62, 0.42), (0.65, 0.66, 0.68), (0.05, 0.05, 0.05)])
    return patterned("noise", [near(rng, color, 0.08), color, near(rng, color, 0.06)], 3, rng.uniform(0.25, 0.6))


def shell(rng, radius, height, finish, head, metal, hoop=None, lugs=8, claws=True):
    """Build a drum of today that stands upright: a shell, two heads, two hoops and lugs with rods."""
    hoop = hoop or metal
    parts = [lathe([(radius, 0), (radius, height)], finish)]
    for level in (0.0, height):
        parts += [ring(radius * 1.03, level, radius * 0.05, hoop, 1.6)]
        parts += [lathe([(0, level), (radius * 1.0, level)], head)]
    long, wide = height * rng.uniform(0.22, 0.35), radius * rng.uniform(0.06, 0.11)
    for k, (x, y, _) in enumerate(circle(1, 0, lugs)):
        turn = (0, 0, 360 * k / lugs)
        for level in (0.28, 0.72) if height > radius * 0.8 else (0.5,):
            at = (x * radius * 1.03, y * radius * 1.03, level * height)
            parts.append(box((wide * 1.4, wide, long * 0.7), metal, at, turn))
        if claws:
            far = radius * 1.06
            parts.append(tube([(x * far, y * far, 0), (x * far, y * far, height)], radius * 0.018, metal))
    return together(parts)


def sticks(rng, radius, height, mallets=False):
    """Lay two drum sticks across a drum of that height."""
    material, parts = wood(rng, near(rng, (0.6, 0.42, 0.22)), 3), []
    for turn in (rng.uniform(20, 160), rng.uniform(20, 160)):
        long, x = radius * rng.uniform(1.6, 2.2), radius * rng.uniform(-0.2, 0.2)
        points = [(k * long / 8 - long / 3, x, 0) for k in range(9)]
        stick = [tube(points, radius * 0.045, material, radii=[1, 1, 1, 1, 1, 1, 0.9, 0.6, 0.45])]
        stick.append(ball(radius * (0.16 if mallets else 0.045), drum_head(rng) if mallets else material, points[-1]))
        parts.append(together(stick, (0, 0, height + radius * 0.11), (0, rng.uniform(-3, 3), turn)))
    return parts


def field_drum(rng):
    """Build a drum with two hoops and cords that go up and down between them."""
    radius, height, count = 1, rng.uniform(0.7, 2.0), rng.randint(7, 12)
    hoop = rng.choice(
        [plain(any_color(rng, (0.6, 0.95), (0.1, 0.7)), 0.3), wood(rng), plain(near(rng, (0.5, 0.02, 0.02)), 0.3)]
    )
    cord = plain(rng.choice([WHITE, WHITE, (0.7, 0.6, 0.4), BLACK]), 0.8)
    parts = [
        lathe([(radius, 0), (radius, height)], drum_finish(rng)),
        lathe([(0, height), (radius, height)], drum_head(rng)),
    ]
    parts += [ring(radius * 1.03, level, 0.06, hoop, rng.choice([1.8, 2.5])) for level in (0.05, height - 0.05)]
    low, high = circle(1.08, 0.1, count), circle(1.08, height - 0.1, count, 180 / count)
    zigzag = [point for pair in zip(low, high, strict=True) for point in pair]
    parts.append(tube(zigzag, rng.uniform(0.02, 0.035), cord, closed=True, sharp=True))
    if rng.random() < 0.5:
        leather = plain(near(rng, rng.choice([WHITE, (0.25, 0.1, 0.04)])), 0.7)
        for a, b in zip(low, high, strict=True):
            x, y = a[0] * 0.8 + b[0] * 0.2, a[1] * 0.8 + b[1] * 0.2
            parts.append(box((0.06, 0.16, 0.2), leather, (x, y, height * 0.26), (0, 0, math.degrees(math.atan2(y, x)))))
    return parts + (sticks(rng, radius, height) if rng.random() < 0.6 else [])


def snare_drum(rng):
    """Build a snare or a tom, sometimes on three legs."""
    height = rng.uniform(0.5, 1.7)
    metal, lift = shiny(rng), rng.choice([0, 0, 0, rng.uniform(0.3, 1.2)])
    parts = [shell(rng, 1, height, drum_finish(rng), drum_head(rng), metal, lugs=rng.choice([6, 8, 10]))]
    parts[0].location = (0, 0, lift)
    if lift:
        for x, y, _ in circle(1.1, 0, 3, rng.uniform(0, 90)):
            parts.append(tube([(x, y, lift + height * 0.6), (x, y, 0)], 0.04, metal))
    return parts + (sticks(rng, 1, height + lift) if rng.random() < 0.6 else [])


def bass_drum(rng, kit=False):
    """Build a bass drum on its side, its head to the front."""
    color, metal = any_color(rng, (0.5, 0.95), (0.05, 0.6)), shiny(rng)
    radius, depth = 1.3, rng.uniform(0.7, 1.6)
    hoop = rng.choice([plain(color, 0.3), wood(rng), plain(BLACK, 0.3)])
    drum = shell(rng, radius, depth, drum_finish(rng), drum_head(rng), metal, hoop, rng.choice([8, 10]))
    drum.location, drum.rotation_euler = (0, -depth / 2, radius * 1.08), (-math.pi / 2, 0, 0)
    parts = [drum]
    if rng.random() < 0.5:
        mark = rng.choice(["JAZZ", "BAND", "DRUMS", "ROCK", "K", "STAR", "Lions", "1924"])
        parts.append(
            studio.writing(mark, 1.6 / max(2, len(mark) ** 0.8), plain(color), (0, -depth / 2 - 0.02, radius * 1.08))
        )
    for x in (-1, 1):
        parts.append(tube([(x * 1.1, 0, radius * 0.8), (x * 1.45, -0.3, 0)], 0.04, metal))
    if not kit and rng.random() < 0.3:
        parts += sticks(rng, 1.0, radius * 2.2, True)
    return parts


def drum_kit(rng):
    """Build a bass drum with toms, a snare and cymbals round it."""
    metal, finish, head = shiny(rng), drum_finish(rng), drum_head(rng)
    gold, depth = plain(near(rng, (0.8, 0.55, 0.15)), 0.25, 1.0), rng.uniform(1, 1.5)
    bass = shell(rng, 1.2, depth, finish, drum_head(rng), metal, rng.choice([metal, finish]), 10)
    bass.location, bass.rotation_euler = (0, -depth / 2, 1.28), (-math.pi / 2, 0, 0)
    parts = [bass]
    for x, y, z, size, tilt in [
        (-0.6, 0, 2.7, 0.55, 20),
        (0.6, 0, 2.7, 0.6, 20),
        (1.8, 0.5, 0.7, 0.75, 0),
        (-1.7, 0.8, 1.2, 0.65, 0),
    ]:
        drum = shell(rng, size, size * (0.5 if x == -1.7 else 1.1), finish, head, metal, lugs=6)
        drum.location, drum.rotation_euler = (x, y, z), (math.radians(tilt), 0, 0)
        parts += [drum, tube([(x, y + 0.2, 0), (x, y + 0.2, z)], 0.05, metal)]
    for x, size in [(-2, 0.9), (2, 1.0)]:
        z = rng.uniform(3.2, 3.9)
        parts.append(
            lathe([(0, 0.12), (0.15, 0.1), (0.2, 0.03), (size, -0.06)], gold, (x, 0.3, z), (rng.uniform(5, 25), 0, 0))
        )
        parts.append(tube([(x, 0.4, 0), (x, 0.3, z + 0.2)], 0.03, metal))
    return parts


def hand_drum(rng):
    """Build a goblet drum, a djembe with ropes or a darbuka of metal."""
    top, waist, foot, height = 1, rng.uniform(0.35, 0.5), rng.uniform(0.5, 0.75), rng.uniform(2.0, 3.2)
    profile = [
        (foot, 0),
        (foot * 0.9, height * 0.1),
        (waist, height * 0.42),
        (top * 0.8, height * 0.6),
        (top, height * 0.8),
        (top * 0.97, height),
    ]
    grain = patterned(
        "wood", [near(rng, (0.12, 0.05, 0.02)), near(rng, (0.4, 0.2, 0.08))], 1.5, 0.4, stretch=(1, 1, 0.2)
    )
    parts = [lathe(profile, rng.choice([grain, grain, drum_finish(rng)]))]
    skin = rng.choice([(0.75, 0.62, 0.42), (0.8, 0.75, 0.65)])
    parts.append(
        lathe(
            [(0.98, height - 0.08), (0.97, height), (0, height + 0.01)],
            patterned("noise", [skin, near(rng, skin, 0.3)], 2, 0.6),
        )
    )
    if rng.random() < 0.7:
        rope = plain(rng.choice([WHITE, BLACK, any_color(rng, (0.7, 1), (0.1, 0.6))]), 0.9)
        count = rng.randint(10, 18)
        low, high = circle(waist + 0.12, height * 0.47, count), circle(1.05, height * 0.88, count, 180 / count)
        zigzag = [point for pair in zip(low, high, strict=True) for point in pair]
        parts.append(tube(zigzag, 0.025, rope, closed=True, sharp=True))
        parts += [ring(r, height * z, 0.05, rope) for r, z in [(waist + 0.1, 0.46), (1.03, 0.88), (1.02, 0.93)]]
    else:
        parts += [ring(1.02, height, 0.05, shiny(rng), 2)]
        parts += [box((0.1, 0.1, 0.3), shiny(rng), (x, y, height * 0.85)) for x, y, _ in circle(1.02, 0, 6)]
    return parts


def conga(rng, height=None, radius=1.0, at=(0, 0, 0), finish=None):
    """Build a conga or one half of a pair of bongos."""
    height, metal = height or rng.uniform(2.4, 4), shiny(rng)
    belly = rng.uniform(1.0, 1.25) if height > 1.5 else 1.0
    foot = rng.uniform(0.6, 0.8) if height > 1.5 else rng.uniform(0.8, 0.95)
    profile = [(radius * w, height * z) for w, z in [(foot, 0), (0.5 * (foot + belly), 0.3), (belly, 0.65), (1, 1)]]
    parts = [lathe(profile, finish or drum_finish(rng)), lathe([(radius, height), (0, height + 0.02)], drum_head(rng))]
    parts += [
        ring(radius * 1.04, height * 0.97, 0.05, metal, 1.5),
        ring(radius * belly * 1.0, height * 0.68, 0.04, metal, 1.6),
    ]
    for x, y, _ in circle(radius * 1.08, 0, 6):
        parts.append(tube([(x, y, height), (x * belly, y * belly, height * 0.68)], 0.04, metal))
    return [together(parts, at)]


def bongos(rng):
    """Build two small drums side by side, bongos, or two congas."""
    tall, finish = rng.choice([False, False, True]), drum_finish(rng)
    height = rng.uniform(2.4, 3.6) if tall else rng.uniform(0.9, 1.3)
    parts = conga(rng, height, 1, (0, 0, 0), finish) + conga(
        rng, height, rng.uniform(0.75, 0.95), (2.3, rng.uniform(-0.3, 0.3), 0), finish
    )
    return parts if tall else [*parts, box((0.6, 0.5, 0.4), finish, (1.2, 0, height / 2))]


def barrel_drum(rng):
    """Build a drum like a barrel with studs round its heads, standing or on a rack."""
    height, belly = rng.uniform(1.6, 2.6), rng.uniform(1.15, 1.35)
    grain = patterned(
        "wood", [near(rng, (0.1, 0.03, 0.01)), near(rng, (0.35, 0.12, 0.04))], 1.2, 0.2, stretch=(1, 1, 0.2)
    )
    finish = rng.choice([grain, plain(near(rng, (0.5, 0.02, 0.01)), 0.2), plain(BLACK, 0.2)])
    profile = [(1 + (belly - 1) * math.sin(math.pi * k / 12), height * k / 12) for k in range(13)]
    parts, stud = [lathe(profile, finish)], shiny(rng, rng.choice([BRASS, STEEL, (0.05, 0.05, 0.05)]))
    skin, count = drum_head(rng), rng.randint(20, 36)
    for level, way in ((0, -1), (height, 1)):
        parts.append(lathe([(1 + (belly - 1) * 0.3, level - way * 0.22), (1.01, level), (0, level + 0.01 * way)], skin))
        parts += [ball(0.05, stud, (x, y, z)) for x, y, z in circle(1.09, level - way * 0.15, count)]
    drum = together(parts)
    if rng.random() < 0.5:
        return [drum] + (sticks(rng, 1, height) if rng.random() < 0.6 else [])
    drum.location, drum.rotation_euler = (0, -height / 2, belly + 0.4), (-math.pi / 2, 0, 0)
    legs = wood(rng)
    for y in (-height / 4, height / 4):
        for x in (-1, 1):
            box((0.2, 0.2, 1.8), legs, (x * 0.85, y, 0.75), (0, x * 20, 0))
        box((2.2, 0.18, 0.2), legs, (0, y, 0.25))
    return []


def kettle_drum(rng):
    """Build a timpani: a bowl of copper on legs."""
    metal, copper = shiny(rng, STEEL), plain(near(rng, rng.choice([COPPER, COPPER, STEEL])), 0.25, 1.0)
    profile = [(x, z + 1.7) for x, z in arc(1, -90, 0)] + [(1, 2)]
    parts = [lathe(profile, copper), lathe([(1, 2), (0, 2)], drum_head(rng)), ring(1.03, 2, 0.05, metal, 1.4)]
    for x, y, _ in circle(1.08, 0, 6):
        parts.append(tube([(x, y, 2.1), (x, y, 1.6)], 0.04, metal))
        parts.append(tube([(x, y, 1.6), (x * 0.7, y * 0.7, 0.3), (x * 0.9, y * 0.9, 0)], 0.05, metal))
    return [*parts, ring(0.75, 0.35, 0.06, metal)] + (sticks(rng, 1, 2.05, True) if rng.random() < 0.6 else [])


def drum(rng):
    """Build one of same kinds of drum."""
    kinds = [
        field_drum,
        field_drum,
        snare_drum,
        snare_drum,
        bass_drum,
        hand_drum,
        conga,
        bongos,
        barrel_drum,
        kettle_drum,
        drum_kit,
    ]
    return rng.choice(kinds)(rng)


# Balls


def tennis_ball(rng):
    """Build a yellow ball of felt with one bent seam."""
    color = near(rng, rng.choice([(0.5, 0.62, 0.03), (0.6, 0.65, 0.05), (0.4, 0.6, 0.05)]), 0.12)
    felt = patterned("noise", [near(rng, color, 0.15), color], 22, 1.0, bump=0.8)
    angles = [2 * math.pi * k / 64 for k in range(64)]
    seam = [
        Vector(
            (
                0.75 * math.cos(t) + 0.25 * math.cos(3 * t),
                0.75 * math.sin(t) - 0.25 * math.sin(3 * t),
                0.866 * math.sin(2 * t),
            )
        )
        for t in angles
    ]
    line = tube([0.995 * p.normalized() for p in seam], 0.035, plain((0.75, 0.75, 0.65), 0.9), closed=True)
    return [together([ball(1, felt), line], turn=any_turn(rng))]


def golf_ball(rng):
    """Build a white ball full of dimples, sometimes on a tee."""
    white = plain(near(rng, rng.choice([(0.85, 0.85, 0.84)] * 5 + [(0.8, 0.75, 0.05), (0.8, 0.3, 0.05)]), 0.04), 0.25)
    thing, count = ball(1, white), rng.randint(150, 260)
    lines, steps = 140, 220
    bpy.data.objects.remove(thing)
    angles = [math.pi * k / lines for k in range(lines + 1)]
    thing = lathe([(math.sin(a), -math.cos(a)) for a in angles], white, turn=any_turn(rng), steps=steps)
    tree, wide = kdtree.KDTree(count), 1.75 / math.sqrt(count)
    for index, way in enumerate(spiral(count)):
        tree.insert(way, index)
    tree.balance()
    for corner in thing.data.vertices:
        away = tree.find(corner.co)[2] / wide
        corner.co *= 1 - 0.35 * wide * max(0, 1 - away * away)
    if rng.random() < 0.3:
        lathe(
            [(0.12, -2.6), (0.15, -1.6), (0.5, -0.95), (0.35, -0.9)], plain(any_color(rng, (0, 0.9), (0.3, 0.8)), 0.4)
        )
    return [thing]


def basketball(rng):
    """Build an orange ball with dark lines."""
    color = near(rng, rng.choice([(0.6, 0.17, 0.03), (0.5, 0.13, 0.03), (0.35, 0.1, 0.03), (0.65, 0.25, 0.06)]), 0.12)
    dark = plain(BLACK, 0.7)
    skin = patterned("cells", [color, near(rng, color, 0.2)], 30, rng.uniform(0.4, 0.8), bump=0.5)
    side = [
        Vector((0.62 - 0.12 * math.cos(2 * t), 0.8 * math.cos(t), 0.8 * math.sin(t)))
        for t in [math.pi * k / 24 for k in range(48)]
    ]
    parts = [ball(1, skin), ring(1, 0, 0.02, dark), ring(1, 0, 0.02, dark, turn=(90, 0, 0))]
    for way in (-1, 1):
        points = [Vector((p.x * way, p.y, p.z)).normalized() for p in side]
        parts.append(tube(points, 0.02, dark, closed=True))
    return [together(parts, turn=any_turn(rng))]


def soccer_ball(rng):
    """Build a white ball with twelve dark fields and seams between the others."""
    light, thread = plain((0.8, 0.8, 0.8), rng.uniform(0.2, 0.5)), plain((0.08, 0.08, 0.08))
    dark = plain(rng.choice([BLACK] * 5 + [any_color(rng, (0.7, 1), (0.05, 0.4))]), 0.3)
    ends = [
        Vector(c)
        for s in (-1, 1)
        for t in (-1, 1)
        for c in ((0, s, t * GOLDEN), (s, t * GOLDEN, 0), (t * GOLDEN, 0, s))
    ]
    parts = [ball(1, light)]
    for a in ends:
        others = [b for b in ends if 0.1 < (a - b).length < 2.1]
        side = a.normalized().orthogonal().normalized()
        up = a.normalized().cross(side)
        others.sort(key=lambda b: math.atan2(b.dot(up), b.dot(side)))
        corners = [(2 * a + b) / 3 for b in others]
        parts.append(patch(corners, dark))
        for b in others:
            if (a.x, a.y, a.z) < (b.x, b.y, b.z):
                points = [((2 - t) * a + (1 + t) * b).normalized() for t in (0, 0.25, 0.5, 0.75, 1)]
                parts.append(tube(points, 0.012, thread))
    return [together(parts, turn=any_turn(rng))]


def patch(corners, material):
    """Cover a part of a ball with a field of that outline."""
    edge = [a.lerp(b, t / 4) for a, b in pairwise([*corners, corners[0]]) for t in range(4)]
    center = sum(corners, Vector()) / len(corners)
    points = [center.lerp(p, k / 5).normalized() * 1.006 for k in range(6) for p in edge]
    count = len(edge)
    faces = [
        (r * count + k, r * count + (k + 1) % count, (r + 1) * count + (k + 1) % count, (r + 1) * count + k)
        for r in range(5)
        for k in range(count)
    ]
    mesh = bpy.data.meshes.new("patch")
    mesh.from_pydata(points, [], faces)
    return studio.add(mesh, material)


# Fruit and plants


def citrus(rng, color, profile, squeeze):
    """Build an orange or a lemon, whole or cut in half."""
    rind = patterned(
        "noise", [near(rng, color, 0.1), color, near(rng, color, 0.1)], 30, rng.uniform(0.25, 0.5), bump=0.35
    )
    if rng.random() < 0.72:
        parts = [
            lathe(profile, rind),
            ball(0.07, plain(near(rng, (0.1, 0.15, 0.03))), (0, 0, profile[-1][1]), squeeze=0.4),
        ]
        if rng.random() < 0.3:
            leaf = [(0, 0), (0.2, 0.16), (0.5, 0.22), (0.8, 0.13), (1, 0), (0.8, -0.13), (0.5, -0.22), (0.2, -0.16)]
            green = plain(near(rng, (0.05, 0.18, 0.02)), 0.4)
            parts.append(
                panel(leaf, green, at=(0, 0, profile[-1][1]), turn=(0, rng.uniform(-10, 30), rng.uniform(0, 360)))
            )
        return [together(parts, turn=(rng.uniform(-60, 60), rng.uniform(-60, 60), 0) if squeeze else any_turn(rng))]
    flesh, count = near(rng, tuple(min(1, c * 1.15 + 0.03) for c in color), 0.1), rng.randint(9, 11)
    pulp = patterned("noise", [near(rng, flesh, 0.2), flesh], 9, 0.25, bump=0.4)
    parts = [lathe([(x, z) for x, z in profile if z <= 0.001] + [(0.99, 0), (0, 0)], rind)]
    parts.append(lathe([(0.93, 0.005), (0, 0.01)], plain((0.85, 0.78, 0.55), 0.5)))
    for k in range(count):
        half = math.pi / count * 0.9
        outline = [(0.06, 0)] + [
            (0.86 * math.cos(a), 0.86 * math.sin(a)) for a in (-half, -half / 2, 0, half / 2, half)
        ]
        parts.append(panel(outline, pulp, at=(0, 0, 0.02), turn=(0, 0, 360 * k / count)))
    return [together(parts, turn=(rng.uniform(0, 55), 0, 0))]


def orange(rng):
    """Build an orange."""
    squeeze = rng.uniform(0.88, 1.0)
    profile = [(x, z * squeeze) for x, z in arc(1, -90, 90, 33)]
    return citrus(
        rng, near(rng, rng.choice([(0.8, 0.27, 0.01), (0.85, 0.35, 0.02), (0.75, 0.2, 0.01)]), 0.08), profile, True
    )


def lemon(rng):
    """Build a lemon with its two points."""
    long, point = rng.uniform(1.15, 1.4), rng.uniform(0.1, 0.25)
    profile = [(x, z * long + point * math.copysign(abs(z) ** 12, z)) for x, z in arc(1, -90, 90, 41)]
    return citrus(
        rng, near(rng, rng.choice([(0.85, 0.62, 0.02), (0.85, 0.7, 0.05), (0.75, 0.6, 0.03)]), 0.08), profile, False
    )


def banana(rng):
    """Build one banana or a bunch of several."""
    ripe = near(rng, rng.choice([(0.8, 0.55, 0.03), (0.85, 0.6, 0.06), (0.6, 0.6, 0.05)]), 0.1)
    skin = patterned("noise", [near(rng, ripe, 0.1)] * 3 + [rng.choice([ripe, (0.25, 0.12, 0.03)])], 5, 0.4)
    brown, count = plain((0.06, 0.035, 0.015), 0.8), rng.choice([1, 1, 1, 2, 3, 4, 5])
    bend, parts = rng.uniform(70, 125), []
    for k in range(count):
        points = [(x, 0, z) for x, z in arc(2, 270 - bend / 2, 270 + bend / 2, 14)]
        fruit = [tube(points, 0.33, skin, radii=[0.28, 0.35, 0.7, 0.93, 1, 1, 1, 1, 1, 0.95, 0.85, 0.65, 0.4, 0.25])]
        fruit.append(ball(0.095, brown, points[-1]))
        stem = [p for p in points[:1]] + [(points[0][0] - 0.12, 0, points[0][2] + 0.4)]
        fruit.append(tube(stem, 0.09, skin))
        fruit.append(ball(0.1, brown, stem[-1], squeeze=0.5))
        end = stem[-1]
        body = together(fruit, (-end[0], 0, -end[2]))
        fan = 14 * (k - (count - 1) / 2)
        parts.append(together([body], turn=(fan * 1.6, 0, fan)))
    bunch = together(parts)
    return [together([bunch], turn=(rng.choice([90, -90, 0, 180] if count == 1 else [0, 0, 180, 180, 30]), 0, 0))]


def granny_smith(rng):
    """Build a green apple with its stem, sometimes cut in half."""
    green = near(rng, rng.choice([(0.3, 0.52, 0.04), (0.4, 0.6, 0.06), (0.22, 0.42, 0.04)]), 0.1)
    skin = patterned(
        "noise",
        [near(rng, green, 0.15), green, near(rng, green, 0.15), near(rng, green, 0.3)],
        3,
        rng.uniform(0.15, 0.35),
    )
    tall = rng.uniform(0.85, 1.0)
    profile = [
        (0, -0.72),
        (0.2, -0.8),
        (0.45, -0.82),
        (0.75, -0.55),
        (0.95, -0.1),
        (1, 0.2),
        (0.93, 0.52),
        (0.72, 0.76),
        (0.45, 0.84),
    ]
    profile = smooth(profile + [(0.22, 0.78), (0.08, 0.62), (0, 0.55)])
    parts = [lathe([(r, z * tall) for r, z in profile], skin)]
    brown = plain((0.1, 0.05, 0.02), 0.8)
    bend = rng.uniform(-0.2, 0.2)
    parts.append(tube([(0, 0, 0.5), (bend / 3, 0, 0.8), (bend, 0, rng.uniform(0.95, 1.25))], 0.04, brown))
    return [together(parts, turn=(rng.gauss(0, 35), rng.gauss(0, 35), 0))]


def smooth(profile, times=2):
    """Round the corners of a profile."""
    for _ in range(times):
        cut = [profile[0]]
        for (a, b), (c, d) in pairwise(profile):
            cut += [(0.75 * a + 0.25 * c, 0.75 * b + 0.25 * d), (0.25 * a + 0.75 * c, 0.25 * b + 0.75 * d)]
        profile = [*cut, profile[-1]]
    return profile


def strawberry(rng):
    """Build a red strawberry with seeds and green leaves."""
    red = near(rng, rng.choice([(0.6, 0.015, 0.015), (0.7, 0.04, 0.02), (0.45, 0.01, 0.015)]), 0.1)
    skin = patterned("noise", [near(rng, red, 0.2), red], 4, rng.uniform(0.15, 0.35), bump=0.3)
    long, wide = rng.uniform(1.9, 2.6), rng.uniform(0.85, 1.05)
    profile = smooth([(0, 0), (0.25, 0.03), (0.5, 0.25), (0.8, 0.6), (1, 0.8), (0.85, 0.97), (0.4, 1), (0, 0.97)])
    thing = lathe([(r * wide, z * long) for r, z in profile], skin)
    seed, parts = plain(near(rng, (0.75, 0.5, 0.12)), 0.5), [thing]
    rows = [(r, z) for r, z in profile if 0.04 < z < 0.95][::2]
    for row, (r, z) in enumerate(rows):
        for x, y, _ in circle(r * wide, 0, max(5, round(r * 19)), row * 25):
            parts.append(ball(0.032, seed, (x * 0.99, y * 0.99, z * long), squeeze=1.5))
    green, count = plain(near(rng, (0.1, 0.28, 0.03)), 0.6), rng.randint(7, 10)
    leaf = [(0, -0.1), (0.3, -0.2), (0.6, -0.14), (rng.uniform(0.8, 1.1), 0), (0.6, 0.14), (0.3, 0.2), (0, 0.1)]
    for k in range(count):
        parts.append(panel(leaf, green, at=(0, 0, long * 1.0), turn=(0, rng.uniform(-25, 20), 360 * k / count)))
    parts.append(tube([(0, 0, long), (0.05, 0, long + 0.3), (0.2, 0, long + rng.uniform(0.4, 0.8))], 0.05, green))
    return [
        together(
            parts,
            turn=(
                rng.choice([rng.uniform(70, 110), rng.uniform(0, 40), rng.uniform(140, 180)]),
                0,
                rng.uniform(0, 360),
            ),
        )
    ]


def mushroom(rng):
    """Build one mushroom or a group."""
    cap = near(
        rng,
        rng.choice([(0.35, 0.18, 0.08), (0.75, 0.68, 0.55), (0.2, 0.1, 0.05), (0.6, 0.05, 0.02), (0.6, 0.4, 0.15)]),
        0.15,
    )
    skin = patterned("noise", [near(rng, cap, 0.25), cap], rng.uniform(1, 6), rng.uniform(0.3, 0.8), bump=0.3)
    pale = patterned("noise", [(0.7, 0.62, 0.48), (0.8, 0.75, 0.65)], 4, 0.8, stretch=(3, 3, 0.4))
    gill, dots = (
        plain(near(rng, rng.choice([(0.6, 0.5, 0.35), (0.25, 0.15, 0.1), (0.75, 0.7, 0.6)])), 0.9),
        cap[0] > 0.5 > cap[1] * 5,
    )
    arch, thick, parts = rng.uniform(0.3, 1.0), rng.uniform(0.18, 0.4), []
    for _ in range(rng.choice([1, 1, 1, 2, 3, 5])):
        stem, at = rng.uniform(0.6, 1.9), (rng.uniform(-1, 1) if parts else 0, rng.uniform(-1, 1) if parts else 0)
        body = [
            lathe(
                smooth([(thick * 1.3, -0.2), (thick * 1.2, 0.2), (thick, stem * 0.5), (thick * 0.9, stem + 0.1)]), pale
            )
        ]
        dome = [(math.cos(math.radians(a)), stem + arch * math.sin(math.radians(a))) for a in range(0, 91, 6)]
        body.append(lathe([(0.93, stem - 0.1), (1, stem - 0.04), *dome], skin))
        body.append(colored(lathe([(0.94, stem - 0.1), (0.1, stem + 0.05)], gill, steps=120), [gill, pale], 120, 120))
        if dots:
            for way in [w for w in spiral(60) if w.z > 0.15]:
                way = (way + Vector([rng.uniform(-0.1, 0.1) for _ in range(3)])).normalized()
                body.append(ball(rng.uniform(0.04, 0.11), pale, (way.x, way.y, stem + arch * way.z), squeeze=0.5))
        turn = (rng.gauss(0, 8), rng.gauss(0, 8), 0)
        parts.append(together(body, (*at, 0), turn, rng.uniform(0.45, 1) if parts else 1))
    return parts


def daisy(rng):
    """Build one daisy or several, seen from above."""
    white = near(rng, rng.choice([(0.85, 0.85, 0.85)] * 5 + [(0.8, 0.55, 0.7), (0.85, 0.7, 0.1)]), 0.05)
    petal, eye, green = (
        plain(white, 0.6),
        patterned("cells", [(0.5, 0.25, 0.01), (0.85, 0.55, 0.02)], 14, 0.8, bump=1.0),
        patterned("noise", GREENS, 6, 0.7),
    )
    count, wide, size = rng.randint(13, 26), rng.uniform(0.1, 0.16), rng.uniform(0.2, 0.36)
    outline = [
        (0, -wide / 2),
        (0.5, -wide),
        (0.85, -wide),
        (1, -wide / 3),
        (1, wide / 3),
        (0.85, wide),
        (0.5, wide),
        (0, wide / 2),
    ]
    parts = []
    for _ in range(rng.choice([1, 1, 1, 2, 4, 6])):
        flower = [ball(size, eye, (0, 0, 0.03), squeeze=rng.uniform(0.3, 0.7))]
        droop = rng.uniform(-20, 25)
        for k in range(count):
            turn = (rng.gauss(0, 10), droop + rng.gauss(0, 5), 360 * k / count + rng.gauss(0, 3))
            flower.append(panel(outline, petal, 0.015, turn=turn))
        height, x, y = rng.uniform(1, 2.4), *((rng.uniform(-2, 2), rng.uniform(-2, 2)) if parts else (0, 0))
        parts.append(together(flower, (x, y, height), (rng.uniform(0, 60), rng.gauss(0, 15), 0)))
        parts.append(
            tube(
                [(x, y, height), (x, y + 0.1, height * 0.8), (x, y + 0.15, height * 0.4), (x, y + 0.1, 0)], 0.045, green
            )
        )
    return parts


# Things of the house


def coffee_mug(rng):
    """Build a mug, often with coffee, a print or bands."""
    color, height, lip = any_color(rng, (0, 0.9), (0.05, 0.85)), rng.uniform(0.85, 1.3), rng.uniform(0.4, 0.5)
    color = rng.choice([color, color, WHITE])
    foot = lip * rng.uniform(0.75, 1.0)
    body = plain(color, rng.uniform(0.08, 0.4))
    profile = smooth(
        [
            (0, 0),
            (foot * 0.95, 0),
            (foot, 0.06),
            (lip, height * 0.5),
            (lip, height),
            (lip - 0.04, height),
            (lip - 0.05, height * 0.5),
            (foot - 0.06, 0.1),
            (0, 0.08),
        ],
        1,
    )
    parts = [lathe(profile, body)]
    big, z = rng.uniform(0.22, 0.34), height * rng.uniform(0.48, 0.58)
    loop = [(lip - 0.03 + x, 0, z + y * height / 0.95) for x, y in arc(big, -90, 90, 9)]
    parts.append(tube(loop, rng.uniform(0.045, 0.065), body))
    if rng.random() < 0.6:
        parts.append(
            lathe(
                [(lip - 0.05, height * 0.85), (0, height * 0.85)],
                plain(rng.choice([(0.02, 0.008, 0.003), (0.2, 0.1, 0.04)]), 0.1),
            )
        )
    ink = plain(any_color(rng, (0, 1), (0.02, 0.8)), 0.4)
    if rng.random() < 0.3:
        parts += [ring(lip, height * t, 0.008, ink, 5) for t in rng.choice([(0.6,), (0.5, 0.75), (0.55, 0.65, 0.75)])]
    elif rng.random() < 0.5:
        for turn in (-90, 90):
            parts.append(
                studio.writing(
                    rng.choice(["M", "A", "B", "S", "1", "&", "?"]),
                    height * 0.7,
                    ink,
                    (0, math.copysign(lip + 0.0, turn), height * 0.55),
                    (90, 0, 0 if turn < 0 else 180),
                )
            )
    return [together(parts, turn=(0, 0, rng.choice([0, 180])))]


def traffic_light(rng):
    """Build a traffic light with one lamp lit, on a pole."""
    case = plain(near(rng, rng.choice([BLACK, BLACK, (0.6, 0.4, 0.01), (0.02, 0.08, 0.04), (0.15, 0.15, 0.15)])), 0.5)
    lit, count = rng.choice([[0], [1], [2], [0, 1]]), 3
    back, long = rng.random() < 0.3, rng.uniform(0.3, 0.55)
    head = [box((0.95, 0.5, count * 0.95), case, rounded=0.08)]
    if back:
        head.append(box((1.5, 0.06, count * 0.95 + 0.5), plain(BLACK, 0.6), (0, 0.1, 0)))
    for k, color in enumerate([(1, 0.03, 0.01), (1, 0.45, 0.01), (0.03, 0.9, 0.35)]):
        z, on = (1 - k) * 0.92, k in lit
        lamp = plain(color if on else tuple(c * 0.12 for c in color), 0.2, glow=rng.uniform(1, 2.5) if on else 0)
        head.append(ball(0.36, lamp, (0, -0.25, z), (90, 0, 0), squeeze=0.35))
        visor = [(0.42 * math.cos(math.radians(a)), 0.42 * math.sin(math.radians(a))) for a in range(-40, 221, 13)]
        mesh = bpy.data.meshes.new("visor")
        corners = [(x, y, z + v) for y in (-0.25, -0.25 - long) for x, v in visor]
        size = len(visor)
        mesh.from_pydata(corners, [], [(i, i + 1, size + i + 1, size + i) for i in range(size - 1)])
        head.append(studio.add(mesh, case))
    sideways = rng.random() < 0.2
    body = together(head, (0, 0, 3.6), (0, 90 if sideways else 0, 0))
    pole = shiny(rng, (0.3, 0.3, 0.3))
    if sideways or rng.random() < 0.25:
        return [body, tube([(0, 0.35, 3.6), (rng.uniform(1, 4), 0.35, 3.6)], 0.12, pole)]
    long = rng.uniform(1.5, 3.6)
    return [body, cylinder(0.13, long, pole, (0, 0.3 if back else 0, 3.3 - long))]


def table_lamp(rng):
    """Build a lamp with a shade on a turned base."""
    tall, wide = rng.uniform(1.2, 2.4), rng.uniform(0.3, 0.6)
    finish = rng.choice([shiny(rng), wood(rng), plain(any_color(rng), 0.15), plain(WHITE, 0.2)])
    if rng.random() < 0.5:
        radii = [rng.uniform(0.12, 0.8) * wide for _ in range(5)]
        profile = smooth(
            [
                (wide, 0),
                (wide, 0.1),
                *[(r, 0.15 + k * tall / 6) for k, r in enumerate(radii)],
                (0.06, tall * 0.9),
                (0.05, tall),
            ]
        )
    else:
        profile = [(0, 0), (wide, 0), (wide, 0.08), (0.08, 0.14), (0.06, tall)]
    low, high, deep = rng.uniform(0.7, 1.1), rng.uniform(0.35, 0.8), rng.uniform(0.7, 1.1)
    cloth = rng.choice([(0.85, 0.78, 0.6), (0.85, 0.83, 0.78), any_color(rng, (0.1, 0.8), (0.2, 0.7))])
    on = rng.random() < 0.6
    shade = plain(cloth, 0.9, glow=rng.uniform(0.3, 0.8) if on else 0)
    count = rng.choice([8, 48, 48, 48])
    parts = [
        lathe(profile, finish),
        lathe(
            [(low, tall - 0.2), (low * 0.5 + high * 0.5, tall - 0.2 + deep * 0.55), (high, tall - 0.2 + deep)],
            shade,
            steps=count,
            smooth=count > 8,
        ),
    ]
    parts += [ring(low, tall - 0.2, 0.02, finish), ring(high, tall - 0.2 + deep, 0.02, finish)]
    return [*parts, ball(0.14, plain((1, 0.9, 0.7), glow=4 if on else 0), (0, 0, tall + 0.1), squeeze=1.3)]


def bucket(rng):
    """Build a bucket of metal, plastic or wood with its handle up or down."""
    lip, height = 1, rng.uniform(1.2, 2.1)
    foot = rng.uniform(0.65, 0.85)
    kind = rng.randrange(4)
    metal = shiny(rng, STEEL)
    stuff = [
        patterned("noise", [(0.35, 0.36, 0.38), (0.55, 0.56, 0.58)], 3, 0.4, 0.9),
        metal,
        plain(any_color(rng, (0.5, 1), (0.2, 0.8)), 0.35),
        plain(any_color(rng, (0, 1), (0.2, 0.8)), 0.35),
    ][kind]
    profile = [(0, 0.03), (foot, 0), (foot + 0.01, 0.05)]
    bands = [0.12, 0.7] if kind < 2 else [0.85]
    parts = [lathe([*profile, (lip, height), (lip - 0.03, height), (foot - 0.03, 0.08), (0, 0.08)], stuff)]
    parts += [ring(foot + (lip - foot) * t, height * t, 0.025, stuff, 1.5) for t in bands]
    parts.append(ring(lip, height, 0.05, stuff))
    angle = math.radians(rng.choice([90, 90, 70, 20, -12, -15]))
    hoop = [(x, -y * math.cos(angle) * 1.02, height * 0.95 + y * math.sin(angle)) for x, y in arc(1.04, 0, 180, 15)]
    parts.append(tube(hoop, 0.03, metal))
    parts += [box((0.08, 0.22, 0.3), stuff, (x, 0, height * 0.92)) for x in (-1.02, 1.02)]
    if rng.random() < 0.4:
        top = hoop[7]
        parts.append(tube([(-0.3, *top[1:]), (0.3, *top[1:])], 0.07, rng.choice([wood(rng), plain(BLACK)])))
    if rng.random() < 0.12:
        return [together([together(parts)], turn=(rng.choice([80, 100]), 0, 0))]
    return parts


def candle(rng):
    """Build a burning candle, thick or thin, alone or in a holder."""
    color = rng.choice([(0.8, 0.74, 0.6), (0.85, 0.83, 0.8), (0.5, 0.02, 0.02), any_color(rng, (0.3, 0.9), (0.2, 0.7))])
    wax, count, parts = plain(color, 0.4, glow=0.15), rng.choice([1, 1, 1, 2, 3]), []
    thick = rng.choice([rng.uniform(0.12, 0.18), rng.uniform(0.35, 0.6)])
    metal = shiny(rng)
    for k in range(count):
        tall = rng.uniform(1.2, 2.6) if thick < 0.2 else rng.uniform(0.6, 1.8)
        x, y, base = k * (thick * 2.3 + 0.35), rng.uniform(-0.3, 0.3), 0.0
        if thick < 0.2 or rng.random() < 0.3:
            base = rng.uniform(0.1, 0.8)
            parts.append(
                lathe(
                    [
                        (0, 0),
                        (thick * 1.2 + 0.3, 0),
                        (thick * 1.2 + 0.25, 0.06),
                        (0.08, 0.1),
                        (0.07, base),
                        (thick + 0.06, base),
                        (thick + 0.06, base + 0.15),
                        (0, base),
                    ],
                    metal,
                    (x, y, 0),
                )
            )
        top = base + tall
        parts.append(
            lathe(
                smooth(
                    [
                        (0, base),
                        (thick, base),
                        (thick, top - 0.06),
                        (thick * 0.95, top),
                        (thick * 0.7, top - 0.06),
                        (0, top - 0.1),
                    ],
                    1,
                ),
                wax,
                (x, y, 0),
            )
        )
        parts.append(tube([(x, y, top - 0.1), (x + 0.01, y, top + 0.12)], 0.015, plain(BLACK)))
        if rng.random() < 0.85:
            fire = plain((1, 0.5, 0.08), glow=rng.uniform(1.3, 3))
            flame = smooth([(0, 0), (0.06, 0.04), (0.09, 0.14), (0.05, 0.3), (0, rng.uniform(0.42, 0.55))])
            parts.append(lathe(flame, fire, (x, y, top + 0.06)))
    return parts


def analog_clock(rng):
    """Build a round wall clock, or an alarm clock with bells and feet."""
    light, alarm = rng.random() < 0.8, rng.random() < 0.3
    face, ink = (WHITE, BLACK) if light else (BLACK, WHITE)
    if rng.random() < 0.2:
        face = any_color(rng, (0.1, 0.5), (0.5, 0.8))
    ink, case = (
        plain(ink, 0.6),
        rng.choice([shiny(rng), plain(any_color(rng, (0, 0.9), (0.02, 0.7)), 0.3), wood(rng), plain(BLACK, 0.3)]),
    )
    parts = [cylinder(1, 0.25, plain(near(rng, face, 0.05), 0.5), turn=(90, 0, 0), at=(0, 0.25, 0))]
    parts.append(ring(1.03, 0, rng.uniform(0.04, 0.12), case, 2, turn=(90, 0, 0)))
    style, ticks = rng.choice(["123", "123", "123", "roman", "bars"]), rng.random() < 0.7
    roman = "XII I II III IV V VI VII VIII IX X XI".split()
    for k in range(60):
        a, far = math.radians(6 * k), 0.93
        x, z = math.sin(a), math.cos(a)
        if ticks:
            wide, long = (0.03, 0.08) if k % 5 == 0 else (0.012, 0.05)
            parts.append(box((wide, 0.01, long), ink, (x * far, -0.01, z * far), (0, 6 * k, 0), 0))
        if k % 5 == 0 and style == "bars":
            parts.append(box((0.06, 0.01, 0.22), ink, (x * 0.8, -0.01, z * 0.8), (0, 6 * k, 0), 0))
        elif k % 5 == 0:
            text = roman[k // 5] if style == "roman" else str(k // 5 or 12)
            parts.append(studio.writing(text, 0.22 if style == "roman" else 0.28, ink, (x * 0.74, -0.01, z * 0.74)))
    hour, minute = rng.uniform(0, 12), rng.uniform(0, 60)
    for angle, long, wide in [(hour * 30, 0.5, 0.07), (minute * 6, 0.8, 0.05)]:
        a = math.radians(angle)
        parts.append(
            box(
                (wide, 0.01, long + 0.12),
                ink,
                (math.sin(a) * long / 2, -0.04, math.cos(a) * long / 2),
                (0, angle, 0),
                0,
            )
        )
    parts.append(ball(0.06, case, (0, -0.04, 0), squeeze=1))
    if alarm:
        parts += [ball(0.42, case, (x, 0.15, 0.98), (0, 40 * x, 0), squeeze=0.7) for x in (-0.6, 0.6)]
        parts += [tube([(x * 0.6, 0.1, -0.8), (x * 0.85, 0.1, -1.2)], 0.06, case) for x in (-1, 1)]
        parts.append(tube([(x, 0.1, z + 1.1) for x, z in arc(0.25, 0, 180, 7)], 0.03, case))
    return parts


def umbrella(rng):
    """Build an open umbrella of one color or of two, held up or lying."""
    color = any_color(rng, (0.5, 1), (0.05, 0.8))
    colors = rng.choice([[color], [color], [BLACK], [color, any_color(rng, (0, 0.9), (0.1, 0.8))], [color, WHITE]])
    colors = rng.choice([colors, colors, colors, [any_color(rng, (0.8, 1), (0.4, 0.8)) for _ in range(8)]])
    cloths = [plain(c, 0.6) for c in colors]
    arch, count, metal = rng.uniform(0.45, 0.75), 8, shiny(rng, STEEL)
    dome = [
        (math.sin(math.radians(a)) / math.sin(math.radians(75)), arch * (math.cos(math.radians(a)) - 1) * 1.35)
        for a in range(0, 76, 5)
    ]
    canopy = colored(lathe(dome, cloths[0], steps=64), cloths, 64, count)
    for corner in canopy.data.vertices:
        r, a = math.hypot(corner.co.x, corner.co.y), math.atan2(corner.co.y, corner.co.x)
        flat = 1 - 0.1 * r * (1 - math.cos(count * a)) / 2
        corner.co.x, corner.co.y, corner.co.z = (
            corner.co.x * flat,
            corner.co.y * flat,
            corner.co.z + 0.06 * r * r * (1 - math.cos(count * a)) / 2,
        )
    parts = [canopy]
    for x, y, _ in circle(1, 0, count):
        parts.append(tube([(x * r, y * r, z - 0.015) for r, z in dome], 0.012, metal))
        parts.append(tube([(0, 0, -0.65), (x * 0.5, y * 0.5, dome[7][1])], 0.012, metal))
    grip = rng.choice([wood(rng), plain(BLACK, 0.3)])
    parts += [tube([(0, 0, 0.15), (0, 0, -1.5)], 0.025, metal)]
    parts += [
        tube([(0, 0, -1.3), (0, 0, -1.5)] + [(0.14 + x, 0, z - 1.6) for x, z in arc(0.14, 180, 360, 8)], 0.045, grip)
    ]
    tilt = rng.choice([rng.uniform(-30, 30), rng.uniform(95, 118), rng.uniform(-60, -30)])
    return [together([together(parts)], turn=(tilt, 0, rng.uniform(0, 360)))]


def hourglass(rng):
    """Build an hourglass: two bulbs with sand between two disks with posts."""
    finish = rng.choice([wood(rng), wood(rng), shiny(rng), plain(BLACK, 0.3)])
    wide, tall = rng.uniform(0.5, 0.62), rng.uniform(0.95, 1.25)
    half = smooth(
        [
            (0.035, 0),
            (0.06, 0.08),
            (wide * 0.7, tall * 0.45),
            (wide, tall * 0.72),
            (wide * 0.9, tall * 0.95),
            (wide * 0.5, tall),
        ]
    )
    glass = studio.clear(shine=rng.uniform(0.08, 0.2))
    sand = patterned(
        "noise",
        [
            near(rng, c, 0.1)
            for c in rng.choice(
                [[(0.75, 0.6, 0.35), (0.6, 0.45, 0.25)], [WHITE, WHITE], [any_color(rng, (0.6, 1), (0.3, 0.7))] * 2]
            )
        ],
        30,
        1.0,
    )
    parts = [lathe([(r, -z) for r, z in reversed(half)] + half, glass)]
    level = rng.uniform(0.3, 0.75)
    parts.append(lathe([(r * 0.93, z) for r, z in half if z < tall * level] + [(0, tall * level * 0.85)], sand))
    low = [(r * 0.95, -z) for r, z in reversed(half) if z > tall * (0.35 + level * 0.4)]
    parts.append(lathe([(0, -tall * 0.98), *low, (0, low[-1][1] + 0.15)], sand))
    parts.append(tube([(0, 0, 0), (0, 0, -tall * 0.9)], 0.012, sand))
    for z in (-tall - 0.1, tall):
        parts.append(cylinder(wide + 0.28, 0.12, finish, (0, 0, z)))
    for x, y, _ in circle(wide + 0.15, 0, rng.choice([3, 4])):
        shape = smooth(
            [
                (0.05, -tall),
                (0.05, -tall * 0.6),
                (0.09, -tall * 0.5),
                (0.05, 0),
                (0.09, tall * 0.5),
                (0.05, tall * 0.6),
                (0.05, tall),
            ],
            1,
        )
        parts.append(lathe(shape, finish, (x, y, 0)))
    return parts


def barrel(rng):
    """Build a barrel of staves with hoops, standing or lying."""
    height, belly, count = rng.uniform(2.3, 3), rng.uniform(1.12, 1.3), rng.randint(16, 26)
    tone = near(rng, rng.choice([(0.4, 0.22, 0.1), (0.25, 0.13, 0.06), (0.5, 0.33, 0.18), (0.3, 0.27, 0.23)]), 0.15)
    grain = [
        patterned("wood", [darker(tone, 0.7 * shade), darker(tone, shade)], 2.5, 0.7, bump=0.3, stretch=(1, 1, 0.15))
        for shade in (0.8, 1, 0.9, 1.1, 0.75)
    ]
    curve = [(1 + (belly - 1) * math.sin(math.pi * k / 14), height * k / 14) for k in range(15)]
    body = colored(lathe(curve, grain[0], steps=count * 4), grain, count * 4, count)
    for index, corner in enumerate(body.data.vertices):
        if index % 4 == 0:
            corner.co.x, corner.co.y = corner.co.x * 0.975, corner.co.y * 0.975
    iron = rng.choice(
        [plain(near(rng, (0.12, 0.11, 0.11)), 0.5, 0.8), shiny(rng, STEEL), plain((0.12, 0.05, 0.02), 0.8)]
    )
    parts = [body, *(lathe([(0, z), (0.99, z)], grain[1]) for z in (0.12, height - 0.12))]
    for t in rng.choice([(0.02, 0.16, 0.34), (0.03, 0.25), (0.02, 0.12, 0.36)]):
        for k in (t, 1 - t):
            wide = [(1.012 + (belly - 1) * math.sin(math.pi * s), height * s) for s in (k - 0.022, k + 0.022)]
            parts.append(lathe(wide, iron))
    if rng.random() < 0.4:
        return [together(parts, turn=(90, 0, rng.uniform(0, 360)))]
    return parts


def dumbbell(rng):
    """Build a dumbbell with round or six-sided heads or plates."""
    metal, color = shiny(rng, STEEL), rng.choice([BLACK, BLACK, (0.1, 0.1, 0.1), any_color(rng, (0.6, 1), (0.1, 0.7))])
    rubber, kind, grip = plain(near(rng, color), rng.uniform(0.3, 0.7)), rng.randrange(4), rng.uniform(0.6, 0.8)
    parts = [lathe(smooth([(0.1, -grip), (0.14, 0), (0.1, grip)]), rng.choice([metal, metal, rubber]))]
    wide, long = rng.uniform(0.4, 0.65), rng.uniform(0.5, 0.9)
    for way in (-1, 1):
        if kind == 0:
            head = [(0, 0), (wide * 0.8, 0), (wide, 0.1), (wide, long - 0.1), (wide * 0.8, long), (0, long)]
            parts.append(
                lathe([(r, way * (grip + z)) for r, z in head], rubber, steps=6, smooth=False, turn=(0, 0, 30))
            )
        elif kind == 1:
            parts.append(ball(wide, rng.choice([metal, rubber]), (0, 0, way * (grip + wide * 0.8))))
        elif kind == 2:
            head = smooth(
                [(0, 0), (wide * 0.9, 0), (wide, 0.08), (wide, long), (wide * 0.9, long + 0.08), (0, long + 0.08)], 1
            )
            parts.append(lathe([(r, way * (grip + z)) for r, z in head], rubber))
            parts.append(lathe([(0, way * (grip + long + 0.09)), (wide * 0.5, way * (grip + long + 0.09))], metal))
        else:
            at = grip
            for size in sorted([rng.uniform(0.4, 0.9) for _ in range(rng.randint(1, 3))], reverse=True):
                plate = [(0.1, 0), (size - 0.04, 0), (size, 0.04), (size, 0.14), (size - 0.04, 0.18), (0.1, 0.18)]
                parts.append(lathe([(r, way * (at + z)) for r, z in plate], rubber))
                at += 0.2
            parts.append(
                lathe([(0.1, way * at), (0.2, way * at), (0.2, way * (at + 0.15)), (0.1, way * (at + 0.15))], metal)
            )
            parts.append(lathe([(0.1, way * at), (0.1, way * (at + 0.5)), (0, way * (at + 0.5))], metal))
    if rng.random() < 0.12:
        return parts
    return [together(parts, turn=(0, 90, 0))]


def cellphone(rng):
    """Build a mobile phone with keys, with icons or folded open."""
    case = plain(
        rng.choice([BLACK, BLACK, (0.3, 0.31, 0.33), WHITE, any_color(rng, (0.2, 0.9), (0.1, 0.5))]),
        0.25,
        rng.choice([0, 0.6]),
    )
    kind, key = (
        rng.choice(["keys", "keys", "icons", "icons", "folded"]),
        plain(rng.choice([WHITE, (0.25, 0.25, 0.27), (0.05, 0.05, 0.05)]), 0.4),
    )
    glow = rng.uniform(0.3, 1.2)
    if kind == "icons":
        body = [phone_part(rng, case, 2.05, glow, None)]
    elif kind == "keys":
        body = [phone_part(rng, case, rng.uniform(2.1, 2.5), glow, key)]
    else:
        low = phone_part(rng, case, 1.6, 0, key, screen=False)
        high = phone_part(rng, case, 1.6, glow, None)
        high.location, high.rotation_euler = (0, 1.58, 0.1), (math.radians(rng.uniform(5, 40)), 0, 0)
        body = [low, high]
    pose = rng.choice([0, 0, 0, rng.uniform(45, 80), 90])
    return [together([together(body)], turn=(pose, 0, 0))]


def phone_part(rng, case, long, glow, key, screen=True):
    """Build a slab with a screen that shows icons, with keys, or with both."""
    parts = [box((1, long, 0.15), case, (0, long / 2, 0), rounded=0.07)]
    start = long * 0.55 if key and screen else 0.12
    if screen:
        shade = any_color(rng, (0, 0.9), (0.02, 0.8))
        high = long - start - 0.14
        parts.append(box((0.88, high, 0.02), plain(shade, 0.1, glow=glow), (0, start + high / 2, 0.075), rounded=0))
        small = 0.13
        for row in range(int(high / 0.24)):
            for column in range(4):
                if rng.random() < (0.35 if key else 0.8):
                    icon = plain(any_color(rng, (0.4, 1), (0.3, 1)), 0.3, glow=glow)
                    parts.append(
                        box(
                            (small, small, 0.02),
                            icon,
                            (-0.315 + column * 0.21, start + 0.16 + row * 0.24, 0.082),
                            rounded=0.02,
                        )
                    )
    if key:
        rows, room = 5, (start if screen else long) - 0.15
        for row in range(rows):
            for column in (-1, 0, 1):
                parts.append(
                    box(
                        (0.25, room / rows * 0.68, 0.06),
                        key,
                        (column * 0.29, 0.1 + (row + 0.5) * room / rows, 0.08),
                        rounded=0.03,
                    )
                )
    return together(parts)


def balloon(rng):
    """Build a hot-air balloon of same colors with its basket."""
    hues = [any_color(rng, (0.7, 1), (0.3, 0.9)) for _ in range(rng.choice([2, 2, 3, 4, 6]))]
    cloths, count = [plain(c, 0.7) for c in hues], len(hues) * rng.choice([4, 6])
    tall = rng.uniform(0.95, 1.15)
    profile = smooth(
        [(0.18, -1.35), (0.3, -1.15), (0.75, -0.6), (1, -0.05), (0.98, 0.4), (0.65, 0.85), (0.25, 1), (0, 1.02)]
    )
    envelope = lathe([(r, z * tall) for r, z in profile], cloths[0], steps=count * 4)
    colored(envelope, cloths, count * 4, count)
    if rng.random() < 0.45:
        slope, tier = rng.choice([0, 0, 1, 2]), rng.randint(5, 10)
        for index, face in enumerate(envelope.data.polygons):
            sector, row = index % (count * 4) // 4, index // (count * 4) // tier
            face.material_index = (row + sector * slope) % len(hues)
    for index, corner in enumerate(envelope.data.vertices):
        bulge = 1 + 0.02 * math.sin(math.pi * (index % 4) / 4)
        corner.co.x, corner.co.y = corner.co.x * bulge, corner.co.y * bulge
    basket, low = plain((0.2, 0.1, 0.04), 0.8), -1.35 * tall
    parts = [envelope, box((0.26, 0.26, 0.2), basket, (0, 0, low - 0.4))]
    parts += [
        tube([(x, y, low - 0.3), (x * 1.3, y * 1.3, low)], 0.008, plain(BLACK)) for x, y, _ in circle(0.15, 0, 4, 45)
    ]
    return [together(parts)]


def abacus(rng):
    """Build a frame with rods and rows of beads, upright or lying."""
    frame, rod = (
        rng.choice([wood(rng), wood(rng), plain(any_color(rng, (0.5, 1), (0.1, 0.7)), 0.4), plain(BLACK, 0.3)]),
        shiny(rng, STEEL),
    )
    wide, high, rods = rng.uniform(2, 3.2), rng.uniform(1.4, 2.2), rng.randint(6, 11)
    tall = rng.random() < 0.5
    bar = 0.14
    parts = [box((wide, 0.16, bar), frame, (0, 0, z)) for z in (0, high)]
    parts += [box((bar, 0.16, high + bar), frame, (x, 0, high / 2)) for x in (-wide / 2, wide / 2)]
    long, gap = (high, wide / (rods + 1)) if tall else (wide, high / (rods + 1))
    fat = gap * 0.47
    hues = [plain(any_color(rng, (0.6, 1), (0.1, 0.8)), 0.25) for _ in range(rng.choice([1, 1, 4, 6]))]
    thin = min(fat * 0.62, long / 26) if not tall else fat * 0.55
    count = 10 if not tall else 5
    if tall:
        parts.append(box((wide, 0.16, 0.09), frame, (0, 0, high * 0.7)))
    bead = [(0.02, -thin), (fat * 0.6, -thin * 0.75), (fat, 0), (fat * 0.6, thin * 0.75), (0.02, thin)]
    for k in range(rods):
        place = gap * (k + 1)
        split = rng.randint(0, count)
        for j in range(count + (2 if tall else 0)):
            room = long * 0.7 if tall else long
            z = 0.1 + thin + j * thin * 2 if j < split else room - 0.1 - thin - (count - 1 - j) * thin * 2
            if j >= count:
                z = (
                    high * 0.76 + thin + (j - count) * thin * 2
                    if rng.random() < 0.5
                    else high - 0.08 - thin - (j - count) * thin * 2
                )
            at = (place - wide / 2, 0, z) if tall else (z - wide / 2, 0, place)
            material = hues[k % len(hues)] if rng.random() < 0.98 or tall else hues[0]
            parts.append(lathe(smooth(bead, 1), material, at, (0, 0 if tall else 90, 0), steps=16))
        ends = (
            [(place - wide / 2, 0, 0), (place - wide / 2, 0, high)]
            if tall
            else [(-wide / 2, 0, place), (wide / 2, 0, place)]
        )
        parts.append(tube(ends, 0.02, rod))
    return [together([together(parts)], turn=(rng.choice([0, 0, -20, -90, -90]), 0, 0))]


def wine_bottle(rng):
    """Build a bottle with a label and a capsule, standing or lying."""
    tint = rng.choice(
        [(0.01, 0.03, 0.01), (0.015, 0.06, 0.015), (0.03, 0.015, 0.005), (0.005, 0.005, 0.005), (0.1, 0.14, 0.03)]
    )
    glass, slope = plain(near(rng, tint, 0.2), rng.uniform(0.05, 0.15)), rng.uniform(0.0, 0.35)
    profile = [
        (0, 0),
        (0.36, 0),
        (0.4, 0.05),
        (0.4, 1.9 - slope),
        (0.39, 2.0 - slope),
        (0.2, 2.3),
        (0.15, 2.45),
        (0.14, 3.0),
        (0.16, 3.0),
        (0.16, 3.08),
        (0, 3.08),
    ]
    parts = [lathe(smooth(profile), glass)]
    foil = plain(
        rng.choice([BLACK, (0.4, 0.02, 0.03), BRASS, any_color(rng, (0.5, 1), (0.05, 0.5))]), 0.3, rng.choice([0, 0.8])
    )
    low = rng.uniform(2.4, 2.6)
    parts.append(
        lathe([(0.165 if low > 2.5 else 0.18, low), (0.15, 2.9), (0.168, 2.97), (0.168, 3.09), (0, 3.095)], foil)
    )
    paper = plain(rng.choice([WHITE, WHITE, (0.75, 0.65, 0.45), BLACK, any_color(rng, (0.3, 0.9), (0.1, 0.6))]), 0.7)
    bottom, top = rng.uniform(0.3, 0.5), rng.uniform(1.1, 1.5)
    parts.append(lathe([(0.404, bottom), (0.404, top)], paper))
    ink = plain(any_color(rng, (0, 1), (0.01, 0.5)), 0.6)
    parts += [
        lathe([(0.406, z), (0.406, z + rng.uniform(0.03, 0.12))], ink) for z in (bottom + 0.06, (bottom + top) / 2)
    ]
    parts.append(
        studio.writing(rng.choice(["Vino", "1998", "Merlot", "Chablis", "Rosa"]), 0.22, ink, (0, -0.41, top - 0.2))
    )
    if rng.random() < 0.2:
        return [together(parts, turn=(0, 90, rng.uniform(0, 360)))]
    return parts


THINGS = {
    541: drum,
    504: coffee_mug,
    852: tennis_ball,
    574: golf_ball,
    430: basketball,
    805: soccer_ball,
    950: orange,
    951: lemon,
    954: banana,
    948: granny_smith,
    949: strawberry,
    947: mushroom,
    920: traffic_light,
    846: table_lamp,
    463: bucket,
    470: candle,
    409: analog_clock,
    879: umbrella,
    604: hourglass,
    427: barrel,
    543: dumbbell,
    487: cellphone,
    417: balloon,
    398: abacus,
    985: daisy,
    907: wine_bottle,
}
TWICE = {541}
HIGH_UP = {417, 920}
HAS_A_FRONT = {409, 487, 398, 920, 541, 504}
ALONE = {920, 947, 985}
ELEVATION = {409: (0, 25), 504: (4, 35), 846: (4, 35), 985: (20, 75)}  # of the camera, in degrees


# The picture


def place(build, look, length, at=(0, 0), turn=0.0):
    """Build a thing, scale its longest side to ``length`` and set it down; tell its width and height."""
    before = set(bpy.context.scene.objects)
    build(look)
    bpy.context.view_layer.update()
    new = [thing for thing in bpy.context.scene.objects if thing not in before]
    graph = bpy.context.evaluated_depsgraph_get()
    corners = [
        thing.matrix_world @ corner.co
        for thing in new
        if thing.type != "EMPTY"
        for corner in thing.evaluated_get(graph).to_mesh().vertices
    ]
    low, high = ([pick(corner[axis] for corner in corners) for axis in range(3)] for pick in (min, max))
    sides = [b - a for a, b in zip(low, high, strict=True)]
    scale = length / max(sides)
    middle = (-(low[0] + high[0]) / 2, -(low[1] + high[1]) / 2, -low[2])
    inner = together([thing for thing in new if not thing.parent], middle)
    together([inner], (*at, 0), (0, 0, turn), scale)
    return max(sides[0], sides[1]) * scale, sides[2] * scale


def surroundings(rng, index, depth):
    """Choose a floor, a wall, a sky or a view, light and clutter."""
    high_up = index in HIGH_UP and rng.random() < 0.85
    studio.light(rng, rng.choice([0.35, 0.7, 1, 1, 1]) if index in (470, 846) else rng.uniform(0.7, 1.1))
    blues = [(0.15, 0.35, 0.8), (0.35, 0.6, 0.95), (0.9, 0.9, 0.92)]
    views = [blues, GREENS + [(0.3, 0.45, 0.15)], [any_color(rng, (0.1, 0.8), (0.02, 0.7)) for _ in range(4)]]
    behind = rng.choice(
        ["sky", "clouds", "clouds", "view"] if high_up else ["wall", "wall", "wall", "sky", "clouds", "view"]
    )
    if behind == "wall":
        studio.wall(rng, depth * rng.uniform(0.7, 4))
    elif behind == "sky":
        studio.sky(rng)
    else:
        studio.clouds(rng, views[0] if behind == "clouds" else rng.choice(views[1:]), rng.uniform(1.5, 7))
    if not high_up:
        studio.floor(rng)
        studio.clutter(rng, rng.choice([0, 0, 1, 2, 4, 7]), (depth * 1.2, 9 + depth))
    return high_up


def picture(index, seed, path, size, samples, threads):
    """Make one picture of a thing in a scene of its own."""
    rng = Random(f"{index}-{seed}")
    studio.empty_studio(size, size, samples, threads)
    bpy.context.scene.cycles.seed = rng.randrange(10**6)
    build, length, look = THINGS[index], rng.uniform(1.3, 3), rng.random()
    front = index in HAS_A_FRONT
    count = 1 if index in ALONE else rng.choice([1, 1, 1, 1, 1, 2, 3, 5])
    same = rng.random() < 0.6
    spots = [(0, 0), (1, 0.2), (-1, 0.3), (0.45, 1.1), (-0.5, 1)]
    width = height = length
    for x, y in spots[:count]:
        turn = rng.uniform(-45, 45) if front else rng.uniform(0, 360)
        at = (x * width * 1.1 + rng.uniform(-0.1, 0.1), y * width * 1.1)
        width, height = place(build, Random(look if same or x == 0 == y else rng.random()), length, at, turn)
    high_up = surroundings(rng, index, max(width * 2.5, 2.5))
    fill = rng.triangular(0.33, 0.98, 0.7)
    far = length / (0.72 * fill) * (1.3 if count > 1 else 1)
    elevation = (-30, 10) if high_up else ELEVATION.get(index, (4, 60))
    around = (-40, 40) if front else (-60, 60)
    studio.camera(rng, (0, 0, height / 2), (far, far), elevation, around, blur=0.25, roll=6)
    studio.render(path, 88)


def main():
    """Render what the command line asks for, one round of all things after another."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--each", type=int, default=10, help="pictures of each thing, of drums twice as many")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--size", type=int, default=176)
    parser.add_argument("--samples", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", type=int, nargs="*", default=list(THINGS))
    given = parser.parse_args(sys.argv[sys.argv.index("--") + 1 :])
    for index in given.only:
        (given.folder / str(index)).mkdir(parents=True, exist_ok=True)
    for seed in range(given.first, given.first + given.each):
        for index in given.only:
            for number in (seed, seed + 100_000) if index in TWICE else (seed,):
                path = given.folder / str(index) / f"{number:06}.jpg"
                if not path.exists():
                    picture(index, number, path, given.size, given.samples, given.threads)


if __name__ == "__main__":
    main()
