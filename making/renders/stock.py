"""Make the pictures that stand in for the course's photos: a drum, and phones, notebooks and wood.

    blender -b --factory-startup -P making/renders/stock.py -- DATA_FOLDER [--only NAME] [--size 640] [--samples 128]

Lengths are in decimeters. A scene is a function that builds everything but the camera's picture size; the table at
the bottom says which pictures there are.
"""

import argparse
import math
import sys
from itertools import pairwise
from pathlib import Path
from random import Random

import bpy
from mathutils import Vector

sys.path.insert(0, str(Path(__file__).resolve().parent))
from studio import (
    add,
    ball,
    box,
    clouds,
    cylinder,
    empty_studio,
    floor,
    lathe,
    patterned,
    plain,
    render,
    together,
    tube,
    writing,
)

WHITE, BLACK, STEEL = (0.85, 0.85, 0.84), (0.012, 0.012, 0.014), (0.7, 0.7, 0.72)
INK = (0.08, 0.08, 0.1)
WALLPAPER = [
    (0.02, 0.1, 0.45),
    (0.5, 0.05, 0.25),
    (0.02, 0.35, 0.4),
    (0.75, 0.3, 0.08),
    (0.15, 0.03, 0.3),
    (0.3, 0.6, 0.85),
]
BRIGHT = [(0.8, 0.1, 0.08), (0.1, 0.6, 0.15), (0.9, 0.6, 0.05), (0.05, 0.3, 0.85), (0.9, 0.9, 0.9), (0.05, 0.05, 0.06)]


# Light and camera


def sun(strength=3.0, around=40.0, up=45.0, soft=4.0, color=(1, 0.94, 0.84)):
    """Let the sun shine from a direction: ``around`` turns it from in front to the right, in degrees."""
    lamp = bpy.data.lights.new("sun", "SUN")
    lamp.energy, lamp.angle, lamp.color = strength, math.radians(soft), color
    holder = add_light(lamp, (0, 0, 0))
    holder.rotation_euler = (math.radians(90 - up), 0, math.radians(around))


def window(strength=800.0, at=(-8, -2, 7), size=5.0, color=(1, 1, 1), target=(0, 0, 0)):
    """Let light in through a window."""
    lamp = bpy.data.lights.new("window", "AREA")
    lamp.energy, lamp.size, lamp.color = strength, size, color
    holder = add_light(lamp, at)
    holder.rotation_euler = (Vector(target) - Vector(at)).to_track_quat("-Z", "Y").to_euler()


def add_light(lamp, at):
    """Put a lamp into the scene."""
    holder = bpy.data.objects.new("lamp", lamp)
    holder.location = at
    bpy.context.scene.collection.objects.link(holder)
    return holder


def surroundings(color=(1, 1, 1), strength=0.5):
    """Give light from all sides."""
    background = bpy.context.scene.world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (*color, 1)
    background.inputs["Strength"].default_value = strength


def white_light(strength=0.45):
    """Let the view at the back be seen but not color what is in front: light from all sides is white."""
    tree = bpy.context.scene.world.node_tree
    white, path, mix = (tree.nodes.new(f"ShaderNode{name}") for name in ("Background", "LightPath", "MixShader"))
    white.inputs["Strength"].default_value = strength
    white.inputs["Color"].default_value = (1, 0.98, 0.96, 1)
    tree.links.new(path.outputs["Is Camera Ray"], mix.inputs[0])
    tree.links.new(white.outputs[0], mix.inputs[1])
    tree.links.new(tree.nodes["Background"].outputs[0], mix.inputs[2])
    tree.links.new(mix.outputs[0], tree.nodes["World Output"].inputs[0])


def look(target, distance, up, around=0.0, roll=0.0, lens=50.0, stop=0.0, shift=(0, 0)):
    """Point the camera: ``up`` and ``around`` say from where, in degrees; ``stop`` blurs what is not at the target."""
    eye = bpy.data.cameras.new("camera")
    eye.lens, eye.shift_x, eye.shift_y = lens, *shift
    if stop:
        eye.dof.use_dof, eye.dof.focus_distance, eye.dof.aperture_fstop = True, distance, stop
    holder = bpy.data.objects.new("camera", eye)
    up, around = math.radians(up), math.radians(around)
    way = Vector((math.sin(around) * math.cos(up), -math.cos(around) * math.cos(up), math.sin(up)))
    holder.location = Vector(target) + way * distance
    holder.rotation_euler = (math.pi / 2 - up, 0, around)
    holder.rotation_euler.rotate_axis("Z", math.radians(roll))
    bpy.context.scene.collection.objects.link(holder)
    bpy.context.scene.camera = holder


# Materials


class Value:
    """A number at each point of a surface: arithmetic with it adds to the material's nodes."""

    def __init__(self, tree, socket):
        self.tree, self.socket = tree, socket

    def do(self, operation, *others):
        """Apply an operation of Blender's math node."""
        node = self.tree.nodes.new("ShaderNodeMath")
        node.operation = operation
        for index, value in enumerate((self, *others)):
            if isinstance(value, Value):
                self.tree.links.new(value.socket, node.inputs[index])
            else:
                node.inputs[index].default_value = value
        return Value(self.tree, node.outputs[0])

    def __add__(self, other):
        return self.do("ADD", other)

    def __sub__(self, other):
        return self.do("SUBTRACT", other)

    def __mul__(self, other):
        return self.do("MULTIPLY", other)

    def __lt__(self, other):
        return self.do("LESS_THAN", other)

    def floor(self):
        """Round down."""
        return self.do("FLOOR")

    def rest(self):
        """What is left after rounding down."""
        return self.do("FRACT")

    def fade(self, low, high):
        """Run from 0, at ``low``, to 1, at ``high``."""
        return ((self - low) * (1 / (high - low))).do("MAXIMUM", 0).do("MINIMUM", 1)

    def choose(self, yes, no):
        """Take one number where this is 1 and another where it is 0."""
        return self * yes + (self * -1 + 1) * no


class Painter:
    """A material in the making; ``x`` and ``y`` are the place on the surface."""

    def __init__(self, roughness=0.5):
        self.material = plain((1, 1, 1), roughness)
        self.tree = self.material.node_tree
        place = self.node("TexCoord")
        parts = self.node("SeparateXYZ", Vector=place.outputs["Object"])
        self.x, self.y = Value(self.tree, parts.outputs[0]), Value(self.tree, parts.outputs[1])

    def node(self, kind, **inputs):
        """Make a node, with its inputs set to numbers, colors or what comes from other nodes."""
        node = self.tree.nodes.new(f"ShaderNode{kind}")
        for name, value in inputs.items():
            value = value.socket if isinstance(value, Value) else value
            if isinstance(value, bpy.types.NodeSocket):
                self.tree.links.new(value, node.inputs[name])
            else:
                node.inputs[name].default_value = value
        return node

    def point(self, x, y, z):
        """Join three numbers."""
        return self.node("CombineXYZ", X=x, Y=y, Z=z).outputs[0]

    def noise(self, x, y, z=0.0, detail=2.0):
        """Give a random number that changes slowly from place to place."""
        return Value(self.tree, self.node("TexNoise", Vector=self.point(x, y, z), Scale=1.0, Detail=detail).outputs[0])

    def chance(self, x, y, salt=0.0):
        """Give a random number for each pair of whole numbers."""
        return Value(self.tree, self.node("TexWhiteNoise", Vector=self.point(x, y, salt)).outputs["Value"])

    def mix(self, amount, first, second):
        """Mix two colors."""
        first, second = ((*c, 1) if isinstance(c, tuple) else c for c in (first, second))
        return self.node("MixRGB", Fac=amount, Color1=first, Color2=second).outputs[0]

    def finish(self, color, relief=None, strength=0.4):
        """Give the material its color and its relief."""
        shader = self.tree.nodes["Principled BSDF"]
        self.tree.links.new(color, shader.inputs["Base Color"])
        if relief:
            bump = self.node("Bump", Height=relief, Strength=strength, Distance=0.03)
            self.tree.links.new(bump.outputs[0], shader.inputs["Normal"])
        return self.material


def rows(painter, width, length):
    """Lay boards in rows: the place along and across a board, and two numbers that name it."""
    row = (painter.y * (1 / width)).floor()
    along = painter.x * (1 / length) + painter.chance(row, 7.0)
    return along.rest() * length, (painter.y * (1 / width)).rest() * width, row, along.floor()


def herringbone(painter, width, length):
    """Lay blocks in a zigzag, as ``rows`` does in rows."""
    count = round(length / width)
    x, y = painter.x * (1 / width), painter.y * (1 / width)
    i, j = x.floor(), y.floor()
    step = ((i - j) * (0.5 / count)).rest() * (2 * count) + 0.5
    step = step.floor()
    lying = step < count - 0.5
    start = j + step - (2 * count - 1)
    along = lying.choose(x - i + step, y - start) * width
    across = lying.choose(y - j, x - i) * width
    return along, across, lying.choose(i - step, i + 0.5), lying.choose(j, start)


def squares(painter, width, length):
    """Lay blocks in squares that lie crosswise in turn, as ``rows`` does in rows."""
    x, y = painter.x * (1 / length), painter.y * (1 / length)
    turned = ((x.floor() + y.floor()) * 0.5).rest() * 2
    along, across = turned.choose(y.rest(), x.rest()) * length, turned.choose(x.rest(), y.rest()) * length
    block = (across * (1 / width)).floor()
    return along, (across * (1 / width)).rest() * width, x.floor() * 31 + block, y.floor()


def boards(
    rng,
    dark,
    light,
    layout=rows,
    width=1.3,
    length=11.0,
    spread=0.35,
    knots=0.5,
    rings=14.0,
    paint=None,
    wear=0.5,
    gap=0.018,
    nails=False,
    roughness=0.6,
):
    """Make boards: rings and fibers along each, knots, seams, nails, and paint that has partly worn off."""
    painter = Painter(roughness)
    along, across, first, second = layout(painter, width, length)
    own, other = painter.chance(first, second, rng.random() * 9), painter.chance(first, second, 20 + rng.random() * 9)
    u, v, depth = along + own * 91, across + other * 57, own * 33
    knot = painter.node("TexVoronoi", Vector=painter.point(u * 0.22, v * 0.55, depth), Scale=1.0)
    away = Value(painter.tree, knot.outputs["Distance"])
    there = Value(painter.tree, painter.node("SeparateXYZ", Vector=knot.outputs["Color"]).outputs[0]) < knots
    swell = (away * away * -55).do("EXPONENT") * there
    figure = painter.noise(u * 0.09, v * 0.75, depth, 1.0) + painter.noise(u * 0.7, v * 3, depth) * 0.05 + swell * 0.35
    late = (figure * rings).rest().do("POWER", 2.2)
    fiber = painter.noise(u * 1.2, v * 42, depth, 3.0).fade(0.3, 0.7)
    cloud = painter.noise(u * 0.35, v * 1.6, depth, 3.0).fade(0.25, 0.75)
    tone = late * 0.38 + fiber * 0.42 + cloud * 0.28
    color = painter.mix(tone, light, dark)
    color = painter.mix(swell.fade(0.55, 0.95) * 0.85, color, tuple(c * 0.35 for c in dark))
    if paint:
        worn = fiber * 0.5 + painter.noise(u * 0.5, v * 3, depth, 5.0) * 0.8 + swell * 0.25
        color = painter.mix(worn.fade(1.02 - wear, 1.22 - wear) * 0.9, paint, color)
    shade = own * (2 * spread) + (1 - spread)
    color = painter.node("MixRGB", Fac=1.0, Color1=color, Color2=painter.point(shade, shade, shade))
    color.blend_type = "MULTIPLY"
    edge = across.do("MINIMUM", across * -1 + width).do("MINIMUM", along.do("MINIMUM", along * -1 + length))
    seam = edge.fade(gap * 0.4, gap * 1.6)
    color = painter.mix(seam, tuple(c * 0.12 for c in dark), color.outputs[0])
    if nails:
        end = along.do("MINIMUM", along * -1 + length) - 0.22
        side = across.do("MINIMUM", across * -1 + width) - width * 0.22
        color = painter.mix((end * end + side * side).do("SQRT").fade(0.035, 0.05), (0.03, 0.025, 0.022), color)
    return painter.finish(color, fiber * -0.12 + seam, 0.5)


def paper(kind, color=(0.86, 0.85, 0.81), ink=(0.35, 0.5, 0.68)):
    """Make paper: blank, ruled, squared or dotted."""
    painter = Painter(0.85)
    rule, column = (painter.y * (1 / 0.075)).rest(), (painter.x * (1 / 0.075)).rest()
    marks = {
        "blank": painter.x * 0,
        "ruled": rule < 0.13,
        "squared": (rule < 0.12).do("MAXIMUM", column < 0.12),
        "dotted": (rule < 0.25) * (column < 0.25),
    }[kind]
    return painter.finish(painter.mix(marks * 0.8, color, ink))


def shades(first, second, roughness=0.3, glow=0.0, turn=0.0):
    """Make a surface that runs from one color into another, as wallpapers of phones do."""
    painter = Painter(roughness)
    place = painter.x * math.sin(turn) + painter.y * math.cos(turn) + painter.noise(painter.x * 1.5, painter.y * 1.5)
    color = painter.mix(place.fade(-0.2, 1.1), first, second)
    if glow:
        shader = painter.tree.nodes["Principled BSDF"]
        painter.tree.links.new(color, shader.inputs["Emission"])
        shader.inputs["Emission Strength"].default_value = glow
    return painter.finish(color)


OAK, PINE, WALNUT = (
    ((0.2, 0.1, 0.04), (0.5, 0.31, 0.15)),
    ((0.42, 0.22, 0.08), (0.72, 0.48, 0.24)),
    ((0.02, 0.01, 0.006), (0.1, 0.05, 0.025)),
)
GRAY, MAHOGANY, ASH = (
    ((0.1, 0.095, 0.09), (0.36, 0.34, 0.31)),
    ((0.05, 0.015, 0.008), (0.24, 0.085, 0.04)),
    ((0.45, 0.36, 0.26), (0.72, 0.64, 0.52)),
)


def table(rng, kind):
    """Choose what things lie on."""
    if kind == "white":
        return plain((0.8, 0.8, 0.8), 0.45)
    if kind == "white boards":
        return boards(rng, *ASH, paint=(0.8, 0.8, 0.8), wear=0.2, spread=0.06, width=1.6)
    if kind == "blue boards":
        return boards(rng, *ASH, paint=(0.12, 0.5, 0.6), wear=0.3, spread=0.1)
    if kind in ("oak", "walnut", "mahogany", "gray", "pine"):
        tones = {"oak": OAK, "walnut": WALNUT, "mahogany": MAHOGANY, "gray": GRAY, "pine": PINE}[kind]
        return boards(rng, *tones, width=1.7, spread=0.2, knots=0.3, roughness=0.4)
    if kind == "linen":
        return patterned("checker", [(0.55, 0.5, 0.4), (0.63, 0.58, 0.48)], 24, 0.95, bump=0.3)
    if kind == "stone":
        return patterned("noise", [(0.3, 0.3, 0.31), (0.42, 0.42, 0.43), (0.5, 0.5, 0.5)], 3, 0.5)
    colors = {
        "mint": (0.45, 0.75, 0.66),
        "rose": (0.75, 0.42, 0.42),
        "yellow": (0.8, 0.68, 0.2),
        "slate": (0.05, 0.06, 0.08),
    }
    return plain(colors[kind], 0.7)


def ground(material, turn=0.0, height=0.0, width=120.0, depth=120.0, at=(0, 0)):
    """Lay a flat surface."""
    x, y = width / 2, depth / 2
    mesh = bpy.data.meshes.new("ground")
    mesh.from_pydata([(-x, -y, 0), (x, -y, 0), (x, y, 0), (-x, y, 0)], [], [(0, 1, 2, 3)])
    return add(mesh, material, (*at, height), (0, 0, turn), smooth=False)


# Things on a desk


def slab(width, depth, height, corner, material, at=(0, 0, 0), turn=(0, 0, 0), rounded=0.0):
    """Make a plate about the z axis, with round corners, that stands on z = 0."""
    outline = []
    for k in range(40):
        angle = 2 * math.pi * (k + 0.5) / 40
        x, y = math.cos(angle), math.sin(angle)
        middle = (math.copysign(width / 2 - corner, x), math.copysign(depth / 2 - corner, y))
        outline.append((middle[0] + corner * x, middle[1] + corner * y))
    thing = prism([(x, y) for x, y in outline], height, material, at, turn)
    if rounded:
        bevel = thing.modifiers.new("rounded", "BEVEL")
        bevel.width, bevel.segments, bevel.limit_method = rounded, 4, "ANGLE"
    return thing


def prism(outline, height, material, at=(0, 0, 0), turn=(0, 0, 0)):
    """Raise a flat outline, a list of (x, y), to a height."""
    count = len(outline)
    corners = [(x, y, z) for z in (0, height) for x, y in outline]
    sides = [(k, (k + 1) % count, count + (k + 1) % count, count + k) for k in range(count)]
    mesh = bpy.data.meshes.new("prism")
    mesh.from_pydata(corners, [], [tuple(range(count))[::-1], tuple(range(count, 2 * count)), *sides])
    return add(mesh, material, at, turn, smooth=False)


def phone(rng, screen="icons", body=BLACK, metallic=0.0):
    """Make a phone that lies on z = 0 with its screen up, its top where y is large."""
    parts = [slab(0.72, 1.48, 0.08, 0.1, plain(body, 0.25, metallic), rounded=0.03)]
    parts.append(slab(0.7, 1.46, 0.003, 0.09, plain(BLACK, 0.08), (0, 0, 0.08)))
    wide = rng.random() < 0.5 or screen == "hello"
    width, height = (0.66, 1.41) if wide else (0.65, 1.16)
    parts += shown(rng, screen, width, height, 0.084)
    silver = plain((0.3, 0.3, 0.3), 0.4)
    if not wide:
        parts += [
            cylinder(0.055, 0.002, silver, (0, -0.655, 0.083)),
            slab(0.14, 0.018, 0.002, 0.009, silver, (0, 0.65, 0.083)),
        ]
    return parts


def shown(rng, screen, width, height, z):
    """Fill a phone's screen: icons, page, chat, clock, hello, or off."""
    if screen == "off":
        return []
    first, second = rng.sample(WALLPAPER, 2)
    white = plain((0.85, 0.86, 0.88), 0.2, glow=0.35)
    paint = shades(first, second, 0.15, 0.5, rng.uniform(-1, 1))
    back = slab(width, height, 0.002, 0.05, white if screen in ("page", "chat", "hello") else paint, (0, 0, z))
    z += 0.002
    if screen == "icons":
        return [back, *icons(rng, width, height, z)]
    if screen == "page":
        return [back, *page_lines(rng, width, height, z, plain(first, 0.3, glow=0.4), paint)]
    if screen == "chat":
        return [back, *bubbles(rng, width, height, z, plain(first, 0.3, glow=0.4))]
    if screen == "hello":
        return [back, writing("Hello", 0.2, plain(INK, 0.3), (0, 0, z + 0.001), (0, 0, 0))]
    clock = writing("10:42", 0.2, plain((0.9, 0.9, 0.9), 0.3, glow=0.5), (0, height / 2 - 0.3, z + 0.001), (0, 0, 0))
    return [back, clock, slab(width * 0.86, 0.16, 0.002, 0.03, white, (0, height / 2 - 0.62, z))]


def icons(rng, width, height, z):
    """Set out rows of four icons, the last one apart."""
    parts = []
    for row in (0, 1, 2, 3, 5):
        for column in range(4):
            at = (width * ((column + 0.5) / 4 - 0.5), height / 2 - 0.16 - (height - 0.26) * row / 5, z)
            parts.append(slab(0.108, 0.108, 0.002, 0.028, plain(rng.choice(BRIGHT), 0.3, glow=0.5), at))
    return parts


def page_lines(rng, width, height, z, bar, photo):
    """Set out a page: a bar, a photo and lines of text."""
    top, ink = height / 2, plain(INK, 0.3)
    parts = [slab(width, 0.16, 0.002, 0.01, bar, (0, top - 0.12, z))]
    parts.append(slab(width * 0.86, height * 0.27, 0.002, 0.02, photo, (0, top - 0.26 - height * 0.135, z)))
    for row in range(int((height * 0.63 - 0.3) / 0.06)):
        length = width * rng.uniform(0.55, 0.86)
        at = (-width * 0.43 + length / 2, top - 0.34 - height * 0.27 - row * 0.06, z)
        parts.append(slab(length, 0.018, 0.002, 0.008, ink, at))
    return parts


def bubbles(rng, width, height, z, color):
    """Set out a chat."""
    parts, gray = [], plain((0.6, 0.62, 0.65), 0.3)
    for row in range(7):
        mine, length = rng.random() < 0.5, width * rng.uniform(0.35, 0.65)
        x = (width / 2 - 0.04 - length / 2) * (1 if mine else -1)
        at = (x, height / 2 - 0.15 - (height - 0.2) * row / 7, z)
        parts.append(slab(length, 0.09, 0.002, 0.04, color if mine else gray, at))
    return parts


def phone_back(body, metallic=0.0):
    """Make a phone that lies on its screen, with its lenses up."""
    parts = [slab(0.72, 1.48, 0.08, 0.1, plain(body, 0.3, metallic), rounded=0.03)]
    parts.append(slab(0.3, 0.32, 0.02, 0.07, plain(tuple(c * 0.7 for c in body), 0.3, metallic), (-0.16, 0.52, 0.08)))
    for x, y in [(-0.23, 0.59), (-0.23, 0.45), (-0.09, 0.52)]:
        parts += [
            cylinder(0.055, 0.025, plain(STEEL, 0.2, 1), (x, y, 0.09)),
            cylinder(0.042, 0.03, plain(BLACK, 0.05), (x, y, 0.09)),
        ]
    return parts


def hand(skin, sleeve=None, left=True):
    """Make a hand that holds a phone from behind, the arm where y is small."""
    edge, mirror = 0.36, 1 if left else -1
    chains = [
        [
            (0.5, -4.4, -1.0, 0.42),
            (0.08, -1.75, -0.42, 0.27),
            (-0.1, -1.1, -0.34, 0.29),
            (-0.18, -0.5, -0.3, 0.3),
            (-0.12, 0.0, -0.27, 0.22),
        ],
        [(0.1, -1.5, -0.4, 0.25), (0.1, -0.8, -0.36, 0.26), (0.08, -0.2, -0.28, 0.2)],
        [
            (-0.1, -1.2, -0.3, 0.26),
            (-edge - 0.06, -0.72, -0.12, 0.2),
            (-edge - 0.1, -0.25, 0.06, 0.135),
            (-edge - 0.02, 0.1, 0.15, 0.115),
            (-edge + 0.1, 0.38, 0.17, 0.09),
        ],
    ]
    for k, (y, size) in enumerate([(0.3, 0.1), (0.06, 0.105), (-0.18, 0.1), (-0.4, 0.085)]):
        tip = (edge - 0.13 + 0.03 * abs(k - 1), y + 0.1, 0.15, size * 0.8)
        chains.append(
            [
                (-0.05, y * 0.5 - 0.1, -0.28, size * 1.5),
                (edge - 0.08, y, -0.22, size),
                (edge + 0.09, y + 0.04, -0.02, size),
                (edge + 0.02, y + 0.08, 0.13, size * 0.95),
                tip,
            ]
        )
    chains = [[(mirror * x, y, z, r) for x, y, z, r in chain] for chain in chains]
    parts = [body_of(chains, flesh(skin))]
    if sleeve:
        parts.append(tube([(mirror * 0.17, -2.3, -0.52), (mirror * 0.5, -4.4, -1.0)], 0.46, plain(sleeve, 0.95)))
    return parts


def body_of(chains, material):
    """Grow one smooth body around chains of balls (x, y, z, radius)."""
    corners, faces = [], []
    for chain in chains:
        for start, end in pairwise(chain):
            steps = max(2, int((Vector(start[:3]) - Vector(end[:3])).length / 0.035))
            for step in range(steps + 1):
                x, y, z, r = (a + (b - a) * step / steps for a, b in zip(start, end, strict=True))
                first = len(corners)
                corners += [(x + r * i, y + r * j, z + r * k) for i, j, k in BALL[0]]
                faces += [tuple(first + k for k in face) for face in BALL[1]]
    mesh = bpy.data.meshes.new("body")
    mesh.from_pydata(corners, [], faces)
    thing = add(mesh, material)
    whole = thing.modifiers.new("whole", "REMESH")
    whole.mode, whole.voxel_size, whole.use_smooth_shade = "VOXEL", 0.03, True
    smooth = thing.modifiers.new("smooth", "SMOOTH")
    smooth.factor, smooth.iterations = 0.5, 9
    return thing


def small_ball(rounds=10, rings=6):
    """Give the corners and faces of a ball of radius 1."""
    corners = [(0, 0, -1)]
    for ring in range(1, rings):
        up = math.pi * ring / rings
        for k in range(rounds):
            around = 2 * math.pi * k / rounds
            corners.append((math.sin(up) * math.cos(around), math.sin(up) * math.sin(around), -math.cos(up)))
    corners.append((0, 0, 1))
    faces, last = [], len(corners) - 1
    for k in range(rounds):
        after = (k + 1) % rounds
        faces += [(0, 1 + after, 1 + k), (last, last - rounds + k, last - rounds + after)]
        for ring in range(rings - 2):
            low = 1 + ring * rounds
            faces.append((low + k, low + after, low + rounds + after, low + rounds + k))
    return corners, faces


BALL = small_ball()


def flesh(color):
    """Make skin."""
    material = patterned("noise", [tuple(c * s for c, s in zip(color, (0.96, 0.9, 0.88), strict=True)), color], 5, 0.45)
    return material


def laptop(rng, body=STEEL, screen=(0.7, 0.75, 0.8), keys=(0.02, 0.02, 0.022)):
    """Make an open laptop whose keyboard is about the origin."""
    case, key = plain(body, 0.35, 0.6), plain(keys, 0.5)
    parts = [slab(3.1, 2.15, 0.12, 0.14, case, rounded=0.03)]
    parts.append(slab(1.0, 0.65, 0.003, 0.05, plain(tuple(c * 0.85 for c in body), 0.3, 0.6), (0, -0.66, 0.12)))
    for row in range(5):
        for column in range(13):
            if row or not 3 <= column <= 8:
                at = (-1.29 + column * 0.215, -0.13 + row * 0.215, 0.135)
                parts.append(box((0.18, 0.18, 0.03), key, at, rounded=0.012))
    parts.append(box((1.26, 0.18, 0.03), key, (-0.105, -0.13, 0.135), rounded=0.012))
    glass = shades(screen, tuple(c * 0.6 for c in screen), 0.2, 0.6)
    lid = [
        slab(3.1, 2.05, 0.06, 0.14, case, (0, 1.02, 0)),
        slab(3.0, 1.95, 0.003, 0.1, plain(BLACK, 0.1), (0, 1.03, 0.06)),
    ]
    lid.append(slab(2.86, 1.78, 0.003, 0.02, glass, (0, 1.03, 0.064)))
    for row in range(7):
        length = rng.uniform(0.8, 2.2)
        lid.append(
            slab(
                length, 0.06, 0.002, 0.02, plain((0.12, 0.14, 0.2), 0.3), (-1.25 + length / 2, 1.75 - row * 0.19, 0.068)
            )
        )
    return [*parts, together(lid, (0, 1.07, 0.1), (72, 0, 0))]


def cup(color, inside=(0.05, 0.02, 0.008)):
    """Make a cup of coffee on a saucer."""
    glaze = plain(color, 0.2)
    wall = [(0.0, 0.06), (0.24, 0.06), (0.34, 0.25), (0.4, 0.62), (0.37, 0.62), (0.32, 0.3), (0.0, 0.2)]
    saucer = [(0, 0.02), (0.3, 0.02), (0.66, 0.1), (0.66, 0.13), (0.3, 0.06), (0, 0.06)]
    handle = [(0.36, 0, 0.52), (0.56, 0, 0.55), (0.62, 0, 0.36), (0.5, 0, 0.22), (0.33, 0, 0.24)]
    coffee = lathe([(0, 0.52), (0.38, 0.52)], plain(inside, 0.08))
    return [lathe(wall, glaze), lathe(saucer, glaze), tube(handle, 0.045, glaze), coffee]


def plant(rng, pot=(0.8, 0.78, 0.74), leaves=34, green=(0.06, 0.24, 0.04), length=1.1):
    """Make a potted plant."""
    parts = [lathe([(0, 0), (0.36, 0), (0.48, 0.75), (0.43, 0.75), (0.42, 0.66), (0, 0.66)], plain(pot, 0.5))]
    for _ in range(leaves):
        tone = plain(tuple(c * rng.uniform(0.6, 1.5) for c in green), 0.4)
        long, lean, way = length * rng.uniform(0.6, 1.2), rng.uniform(0.15, 1.3), rng.uniform(0, 2 * math.pi)
        points, radii = [], []
        for k in range(6):
            bend = lean * (0.35 + 0.75 * k / 5)
            out, rise = long * k / 5 * math.sin(bend), long * k / 5 * math.cos(bend)
            points.append(
                (0.1 * math.cos(way) + out * math.cos(way), 0.1 * math.sin(way) + out * math.sin(way), 0.66 + rise)
            )
            radii.append([0.7, 1.0, 1.2, 1.1, 0.7, 0.1][k])
        parts.append(tube(points, 0.05, tone, radii=radii))
    return parts


def pen(color, gold=STEEL):
    """Make a ballpoint pen along x."""
    metal = plain(gold, 0.2, 1.0)
    profile = [(0, 0), (0.012, 0.01), (0.045, 0.18), (0.055, 0.3), (0.055, 1.3), (0.04, 1.4), (0, 1.4)]
    barrel = lathe(profile, plain(color, 0.2), turn=(0, 90, 0), steps=24)
    ring = lathe([(0.057, 0.7), (0.057, 0.76)], metal, turn=(0, 90, 0), steps=24)
    tip = lathe([(0, -0.01), (0.014, 0.01), (0.047, 0.18)], metal, turn=(0, 90, 0), steps=24)
    return [barrel, ring, tip, box((0.5, 0.03, 0.02), metal, (1.08, 0, 0.07), rounded=0.008)]


def pencil(color=(0.85, 0.45, 0.04)):
    """Make a pencil along x."""
    parts = [lathe([(0.045, 0.2), (0.045, 1.5)], plain(color, 0.4), turn=(0, 90, 0), steps=6, smooth=False)]
    parts.append(lathe([(0.012, 0.05), (0.045, 0.2)], plain((0.7, 0.5, 0.3), 0.7), turn=(0, 90, 0), steps=24))
    parts.append(lathe([(0, 0), (0.013, 0.055)], plain(BLACK, 0.5), turn=(0, 90, 0), steps=12))
    parts.append(cylinder(0.045, 0.14, plain((0.6, 0.2, 0.2), 0.8), (1.5, 0, 0), (0, 90, 0)))
    return parts


def wire_rings(material, places, radius=0.085):
    """Make the wire rings of a binding at places (x, y), about the y axis."""
    loop = [(radius * math.cos(k * math.pi / 6), radius * math.sin(k * math.pi / 6)) for k in range(12)]
    points = [[(x + i, y + shift, j + 0.06) for i, j in loop] for x, y in places for shift in (0, 0.025)]
    return [tube(line, 0.009, material, closed=True) for line in points]


def open_book(
    kind="blank", cover=BLACK, width=1.45, height=2.1, thick=0.13, bound=False, ribbon=None, color=(0.86, 0.85, 0.81)
):
    """Make an open notebook, its spine along y; ``bound`` gives it rings."""
    sheet, edges = paper(kind, color), plain(tuple(c * 0.82 for c in color), 0.9)
    parts = []
    gap = 0.06 if bound else 0.0
    for side in (-1, 1):
        parts.append(slab(width + 0.08, height + 0.1, 0.03, 0.05, plain(cover, 0.6), (side * (width / 2 + gap), 0, 0)))
        steps = [k / 24 for k in range(25)]
        lift = [
            0.0 if bound else -0.75 * math.exp(-9 * s) + 0.25 * math.sin(math.pi * s) * math.exp(-2 * s) for s in steps
        ]
        top = [(side * (gap + width * s), 0.03 + thick * (1 + up)) for s, up in zip(steps, lift, strict=True)]
        outline = [(side * gap, 0.03), (side * (gap + width), 0.03), *reversed(top)]
        block = prism([(x, z) for x, z in outline], height, edges, (0, height / 2, 0), (90, 0, 0))
        block.data.polygons.foreach_set("use_smooth", [False] * len(block.data.polygons))
        mesh = bpy.data.meshes.new("page")
        corners = [(x, y, z + 0.002) for x, z in top for y in (-height / 2, height / 2)]
        mesh.from_pydata(corners, [], [(2 * k, 2 * k + 2, 2 * k + 3, 2 * k + 1) for k in range(len(top) - 1)])
        parts += [block, add(mesh, sheet)]
    if bound:
        count = int(height / 0.13)
        parts += wire_rings(
            plain(BLACK, 0.3, 0.5),
            [(0, -height / 2 + 0.1 + k * (height - 0.2) / (count - 1)) for k in range(count)],
            0.11,
        )
    if ribbon:
        line = [
            (0, height / 2, 0.06),
            (0.02, 0.3, 0.08),
            (0.0, -height / 2, 0.08),
            (0.12, -height / 2 - 0.3, 0.02),
            (0.05, -height / 2 - 0.6, 0.02),
        ]
        parts.append(tube(line, 0.025, plain(ribbon, 0.8)))
    return parts


def closed_book(cover, width=1.45, height=2.1, thick=0.16, bound=False, elastic=None, label=None, page=None):
    """Make a closed notebook; ``bound`` gives it rings, ``page`` shows a page instead of the cover."""
    parts = [slab(width, height, 0.025, 0.07, plain(cover, 0.6))]
    parts.append(slab(width - 0.05, height - 0.05, thick, 0.05, plain((0.75, 0.72, 0.65), 0.9), (0.0, 0, 0.025)))
    top = thick + 0.025
    parts.append(slab(width, height, 0.025, 0.07, page or plain(cover, 0.55), (0, 0, top), rounded=0.008))
    if bound:
        count = int(height / 0.12)
        places = [(-width / 2 + 0.02, -height / 2 + 0.1 + k * (height - 0.2) / (count - 1)) for k in range(count)]
        parts += wire_rings(plain(BLACK if page else STEEL, 0.3, 0.7), places, 0.12)
    else:
        parts.append(
            slab(
                0.1,
                height,
                thick + 0.03,
                0.04,
                plain(tuple(c * 0.8 for c in cover), 0.6),
                (-width / 2 + 0.04, 0, 0.012),
            )
        )
    if elastic:
        parts.append(
            box(
                (0.06, height + 0.03, thick + 0.07),
                plain(elastic, 0.8),
                (width / 2 - 0.2, 0, top / 2 + 0.01),
                rounded=0.01,
            )
        )
    if label:
        parts.append(writing(label, 0.2, plain((0.75, 0.5, 0.2), 0.3, 0.8), (0.05, 0.3, top + 0.026), (0, 0, 0)))
    return parts


# The drum


def drum_body(shell, hoop, cord, head, radius=1.5, height=2.4):
    """Make a field drum: a shell between two hoops that zigzag cords pull together."""
    parts = [lathe([(radius, 0.1), (radius, height - 0.1)], shell, steps=96)]
    parts.append(lathe([(0, height), (radius + 0.01, height), (radius + 0.03, height - 0.08)], head, steps=96))
    inner, outer = radius + 0.02, radius + 0.12
    for low in (0, height - 0.22):
        high = low + 0.26
        ring = [(inner, low), (outer, low), (outer + 0.02, low + 0.03), (outer + 0.02, high - 0.03)]
        parts.append(lathe([*ring, (outer, high), (inner, high), (inner, low)], hoop, steps=96))
    turns, leather = 12, plain((0.75, 0.6, 0.42), 0.8)
    corners = []
    for k in range(2 * turns):
        angle, z = math.pi * k / turns, (height - 0.02 if k % 2 else 0.02)
        corners.append(((outer + 0.06) * math.cos(angle), (outer + 0.06) * math.sin(angle), z))
    parts.append(tube(corners, 0.026, cord, closed=True, sharp=True))
    for k in range(turns):
        angle = 2 * math.pi * k / turns + math.pi / turns
        at = (outer * math.cos(angle), outer * math.sin(angle), height * 0.66)
        parts.append(box((0.07, 0.2, 0.34), leather, at, (0, 0, math.degrees(angle)), 0.03))
    return parts


def stick(material, length=3.6):
    """Make a drumstick along x, its tip at the origin."""
    profile = [(0, 0), (0.05, 0.02), (0.065, 0.1), (0.06, 0.18), (0.035, 0.28), (0.055, 0.9), (0.072, 1.4)]
    return lathe([*profile, (0.075, length - 0.05), (0.06, length), (0, length)], material, turn=(0, 90, 0), steps=24)


def drum(rng):
    """Two field drums on stone, the nearer with its sticks."""
    stones = [(0.42, 0.41, 0.4), (0.5, 0.48, 0.46), (0.58, 0.57, 0.55)]
    floor(rng, patterned("noise", stones, 5, 0.9, bump=0.3), 200)
    clouds(rng, [(0.06, 0.1, 0.04), (0.3, 0.4, 0.25), (0.7, 0.8, 0.9)], 5)
    sun(3.4, 52, 48, 2)
    red, blue, white = plain((0.5, 0.015, 0.012), 0.25), plain((0.01, 0.03, 0.14), 0.25), plain((0.86, 0.84, 0.78), 0.6)
    cord, maple = plain((0.5, 0.36, 0.2), 0.9), plain((0.72, 0.5, 0.26), 0.35)
    wood = patterned("wood", [(0.2, 0.075, 0.02), (0.4, 0.19, 0.06)], 1, 0.3, stretch=(1, 1, 0.2))
    near = drum_body(blue, red, cord, white)
    for turn, at in [(8, (-1.2, -0.5, 2.5)), (-12, (-1.1, 0.3, 2.56))]:
        near.append(together([stick(maple)], at, (0, -2, turn)))
    together(near, (0, 0, 0.1), (6, -4, 20))
    together(drum_body(wood, red, cord, white), (-2.9, 4.6, 0), (0, 0, 50))
    look((0.0, 0, 1.4), 11.5, 36, 0, lens=66, stop=0.6)


# Scenes


def lit(mood):
    """Light a scene: bright, warm, cool, dim or sunny."""
    ambient, strength, at, color = {
        "bright": (0.7, 620, (-6, 3, 8), (1, 1, 1)),
        "warm": (0.3, 560, (6, 4, 6), (1, 0.8, 0.58)),
        "cool": (0.35, 520, (-7, 2, 6), (0.82, 0.91, 1)),
        "dim": (0.14, 420, (-6, 5, 5), (1, 0.93, 0.84)),
        "sunny": (0.35, 0, (0, 0, 8), (1, 1, 1)),
    }[mood]
    surroundings(color, ambient)
    if strength:
        window(strength, at, 4.0, color)
    else:
        sun(3.2, 130, 38, 1.5)


EXTRAS = {
    "cup": lambda rng: cup((0.8, 0.79, 0.76)),
    "blue cup": lambda rng: cup((0.04, 0.12, 0.25)),
    "plant": plant,
    "laptop": laptop,
    "white laptop": lambda rng: laptop(rng, (0.75, 0.75, 0.75), keys=(0.8, 0.8, 0.8)),
    "dark laptop": lambda rng: laptop(rng, (0.08, 0.08, 0.09), (0.05, 0.07, 0.1)),
    "pen": lambda rng: pen((0.02, 0.02, 0.025)),
    "blue pen": lambda rng: pen((0.02, 0.08, 0.4)),
    "pencil": lambda rng: pencil(),
    "notebook": lambda rng: closed_book((0.06, 0.08, 0.1), elastic=(0.02, 0.02, 0.02)),
    "phone": lambda rng: phone(rng, "off"),
    "book": lambda rng: closed_book((0.45, 0.2, 0.12), 1.5, 2.2, 0.25),
}


def place(rng, extras):
    """Put things where they belong: a list of (name, at, turn)."""
    for name, at, turn in extras:
        together(EXTRAS[name](rng), at, (0, 0, turn))


def lying(rng, thing, on, mood, turn=0.0, extras=(), on_turn=0.0, at=(0, 0, 0), tilt=0.0, **view):
    """One or more things on a table."""
    ground(table(rng, on), on_turn)
    lit(mood)
    several = thing if isinstance(thing, Several) else Several(thing)
    for index, parts in enumerate(several(rng)):
        together(parts, (at[0] + index * several.step, at[1] - 0.25 * index, at[2]), (tilt, 0, turn - 24 * index))
    place(rng, extras)
    look(**{"target": (0, 0, 0.1), "distance": 5.5, "up": 70, **view})


class Several:
    """Makers of things that lie side by side."""

    def __init__(self, *makers, step=1.1):
        self.makers, self.step = makers, step

    def __call__(self, rng):
        return [make(rng) for make in self.makers]


def held(
    rng,
    thing,
    skin,
    colors,
    turn=(62, 0, 0),
    left=True,
    sleeve=None,
    extras=(),
    on=None,
    light=(-5, -4, 8),
    view=None,
):
    """A thing in a hand, before a view that is out of focus."""
    clouds(rng, colors, 3.5)
    white_light()
    window(420, light, 4.0)
    if on:
        ground(table(rng, on), 20, -2.6)
    together([*thing(rng), together(hand(skin, sleeve, left))], (0, 0, 0), turn)
    place(rng, extras)
    look(**{"target": (0, 0, -0.12), "distance": 4.7, "up": 14, "stop": 0.35, **(view or {})})


def upright(rng, thing, on, mood, colors, turn=(84, 0, 20), height=0.74, extras=(), on_turn=0.0, **view):
    """A thing that stands on a table."""
    clouds(rng, colors, 3.0)
    ground(table(rng, on), on_turn, 0, 14, 9, (0, 1))
    window(500, (-5, -4, 6), 3.0)
    together([together(thing(rng), (0, 0, -0.04))], (0, 0, height), turn)
    place(rng, extras)
    look(**{"target": (0, 0, 0.75), "distance": 6, "up": 10, "stop": 0.4, **view})


def surface(rng, mood="bright", turn=0.0, back=None, **choices):
    """Boards that fill the picture, or lie before a view that is out of focus."""
    view = choices.pop("view", {})
    lit(mood)
    if back:
        clouds(rng, back, 4.0)
        ground(boards(rng, **choices), turn, 0, 40, 9, (0, 1))
        for _ in range(26):
            hue = rng.choice([(1, 0.6, 0.25), (1, 0.8, 0.5), (1, 0.4, 0.15)])
            ball(
                rng.uniform(0.15, 0.4),
                plain(hue, glow=rng.uniform(1, 4)),
                (rng.uniform(-12, 12), rng.uniform(16, 26), rng.uniform(0, 8)),
            )
    else:
        ground(boards(rng, **choices), turn)
    look(**{"target": (0, 0, 0), "distance": 9, "up": 90, **view})


# Making the pictures

PICTURES = {"drum": (drum, "drum photo", 1, {})}
SHAPES = {"wide": (1, 0.667), "upright": (0.667, 1), "drum photo": (0.55625, 0.78125)}  # of --size


def picture(name, scene, seed, shape="wide", **choices):
    """Add a picture to the table."""
    PICTURES[name] = (scene, shape, seed, choices)


FAIR, TAN, BROWN = (0.78, 0.5, 0.38), (0.5, 0.28, 0.18), (0.2, 0.09, 0.05)
DUSK = [(0.12, 0.08, 0.06), (0.5, 0.33, 0.2), (0.85, 0.65, 0.4)]
LEAVES = [(0.1, 0.22, 0.06), (0.4, 0.6, 0.25), (0.85, 0.95, 0.8)]
OFFICE = [(0.35, 0.38, 0.42), (0.75, 0.77, 0.8), (0.95, 0.95, 0.95)]
STREET = [(0.03, 0.05, 0.09), (0.12, 0.25, 0.4), (0.7, 0.6, 0.5)]
LIGHTS = [(0.05, 0.025, 0.015), (0.25, 0.1, 0.04), (0.6, 0.3, 0.12)]
LAKE = [(0.5, 0.6, 0.7), (0.85, 0.82, 0.75), (0.95, 0.9, 0.8)]


def show(screen, body=BLACK, metallic=0.0):
    """Give a maker of a phone that shows something."""
    return lambda rng: phone(rng, screen, body, metallic)


def back(*colors):
    """Give a maker of a phone that lies on its screen."""
    return lambda rng: phone_back(*colors)


def opened(*choices, **more):
    """Give a maker of an open notebook."""
    return lambda rng: open_book(*choices, **more)


def closed(*choices, **more):
    """Give a maker of a closed notebook."""
    return lambda rng: closed_book(*choices, **more)


def pad(kind, cover=(0.45, 0.33, 0.2)):
    """Give a maker of a pad with rings that shows a page."""
    return lambda rng: closed_book(cover, bound=True, page=paper(kind))


GOLD, SILVER, WHITE_BODY = (0.8, 0.6, 0.45), (0.65, 0.66, 0.68), (0.85, 0.85, 0.86)

# fmt: off

T, V = "stock/training/mobile/", "stock/validation/mobile/"
picture(T + "phone-on-dark-planks", lying, 1, thing=show("hello"), on="walnut", mood="dim", turn=-38, distance=5,
        up=88)
picture(T + "phone-beside-laptop", lying, 2, thing=show("icons", SILVER), on="white", mood="bright", turn=-24,
        at=(0.7, -0.1, 0), extras=[("white laptop", (-2.3, 0.2, 0), 14)], distance=5.2, up=78)
picture(T + "phone-in-hand", held, 3, thing=show("icons"), skin=FAIR, colors=DUSK, turn=(68, 6, 8))
picture(T + "phone-in-hand-at-laptop", held, 4, thing=show("off", WHITE_BODY), skin=FAIR, colors=OFFICE,
        turn=(60, 0, -6), left=False, on="white", extras=[("white laptop", (-0.3, 4.2, -2.6), 0)], view={"up": 24})
picture(T + "phone-in-hand-in-the-street", held, 5, thing=show("clock"), skin=TAN, colors=STREET, turn=(64, -8, -14),
        sleeve=(0.02, 0.05, 0.14))
picture(T + "phone-in-the-sun", lying, 6, thing=show("off", WHITE_BODY), on="pine", mood="sunny", turn=-4,
        distance=6, up=84, at=(-0.8, 0.1, 0))
picture(T + "phone-standing-by-a-lake", upright, 7, thing=show("icons", SILVER), on="gray", mood="bright",
        colors=LAKE, turn=(84, 0, 16), height=0.72, distance=4.8)
picture(T + "phone-with-coffee", lying, 8, thing=show("page"), on="oak", mood="warm", turn=18, at=(-0.4, -0.1, 0),
        extras=[("cup", (0.95, 0.55, 0), -40), ("notebook", (-2.2, 0.4, 0), 12)], distance=5.4, up=62)
picture(T + "phones-back-and-front", lying, 9, thing=Several(back(GOLD, 0.6), show("clock")), on="stone", mood="cool",
        turn=14, at=(-0.5, 0.1, 0), distance=4.6, up=74)
picture(T + "phone-on-mint", lying, 10, thing=show("chat"), on="mint", mood="bright", turn=-16,
        extras=[("plant", (1.9, 0.9, 0), 0)], distance=5.2, up=80)
picture(T + "phone-in-hand-among-leaves", held, 11, thing=show("page", BLACK), skin=BROWN, colors=LEAVES,
        turn=(66, 4, 10), shape="upright", view={"distance": 5.6})
picture(T + "phone-on-keyboard", lying, 12, thing=show("clock"), on="slate", mood="cool", turn=-30,
        at=(0.2, -0.35, 0.17), extras=[("dark laptop", (0, 0, 0), 0)], distance=4.6, up=52, around=18, stop=0.8)
picture(V + "phone-held-up", held, 13, thing=show("icons"), skin=FAIR, colors=LEAVES, turn=(66, 3, 4), left=True)
picture(V + "phone-and-plant", lying, 14, thing=show("clock", SILVER), on="white", mood="bright", turn=22,
        extras=[("plant", (-1.6, 0.9, 0), 0), ("pencil", (1.2, -0.6, 0.05), 70)], distance=5.2, up=72)
picture(V + "phone-on-gray-planks", lying, 15, thing=show("icons"), on="gray", mood="warm", turn=30, distance=4.6,
        up=66, around=20)
picture(V + "white-phone-in-hand", held, 16, thing=show("chat", WHITE_BODY), skin=TAN, colors=OFFICE,
        turn=(62, -4, -8), left=False)

T, V = "stock/training/notebook/", "stock/validation/notebook/"
picture(T + "spiral-notebook-on-white-boards", lying, 21, thing=opened("blank", bound=True), on="white boards",
        mood="bright", turn=-22, extras=[("plant", (-2.9, 1.5, 0), 0), ("pen", (1.75, -1.5, 0.06), 62)], distance=7.2,
        up=86)
picture(T + "open-diary-with-pen", lying, 22, thing=opened("blank", ribbon=(0.25, 0.02, 0.02)), on="stone",
        mood="bright", turn=8, extras=[("pen", (0.35, -0.3, 0.2), 62)], distance=6.2, up=82)
picture(T + "ruled-notebook-on-mahogany", lying, 23, thing=opened("ruled"), on="mahogany", mood="warm", turn=14,
        extras=[("blue pen", (-1.2, -0.6, 0.2), 70)], distance=5.6, up=68)
picture(T + "closed-notebook-and-pencil", lying, 24, thing=closed((0.42, 0.36, 0.28), bound=True), on="yellow",
        mood="bright", turn=0, extras=[("pencil", (-1.3, -0.8, 0.05), 90)], distance=6, up=88)
picture(T + "squared-notebook-and-coffee", lying, 25, thing=opened("squared"), on="oak", mood="warm", turn=-10,
        at=(-0.4, -0.1, 0), extras=[("cup", (1.75, 0.9, 0), -60), ("pencil", (0.2, -0.5, 0.22), 40)], distance=6.4,
        up=60)
picture(T + "blank-pad-on-planks", lying, 26, thing=pad("blank"), on="walnut", mood="bright", turn=12,
        extras=[("pencil", (-0.25, -0.7, 0.24), 80)], distance=5.2, up=84)
picture(T + "notebook-on-blue-boards", lying, 27, thing=opened("blank", (0.5, 0.4, 0.25), color=(0.8, 0.7, 0.52)),
        on="blue boards", mood="sunny", turn=-8, extras=[("blue pen", (0.75, -0.5, 0.2), 66)], on_turn=4,
        distance=6.4, up=88)
picture(T + "notebook-on-linen", lying, 28,
        thing=opened("blank", (0.3, 0.2, 0.1), width=1.2, height=1.8, color=(0.85, 0.77, 0.6)), on="linen",
        mood="warm", turn=4, extras=[("pen", (1.75, -0.5, 0.06), 100)], distance=5.8, up=86)
picture(T + "diary-with-elastic", lying, 29, thing=Several(closed((0.32, 0.05, 0.05), elastic=(0.02, 0.02, 0.02),
        label="Notes"), closed((0.06, 0.12, 0.2)), step=1.8), on="white", mood="cool", turn=20, at=(-0.85, 0.1, 0),
        extras=[("plant", (2.3, 1.6, 0), 0)], distance=6.4, up=70)
picture(T + "ringed-pages-close", lying, 30, thing=opened("dotted", bound=True), on="slate", mood="cool", turn=-6,
        distance=4.6, up=58, around=12, stop=1.2)
picture(T + "pad-standing-with-plants", upright, 31,
        thing=lambda rng: [together(pad("blank")(rng), turn=(0, 0, -90))], on="white", mood="bright", colors=OFFICE,
        turn=(78, 0, 4), height=0.78, extras=[("plant", (-1.9, 0.5, 0), 0), ("plant", (1.9, 0.3, 0), 60)], distance=7,
        up=12)
picture(T + "open-notebook-and-plant", lying, 32, "upright",
        thing=opened("blank", (0.5, 0.4, 0.25), width=1.2, height=1.75), on="mahogany", mood="bright", turn=24,
        at=(0.1, -0.3, 0), extras=[("plant", (1.2, 1.7, 0), 0), ("pencil", (-0.2, -0.8, 0.22), 60)], distance=6,
        up=78)
picture(V + "open-diary-on-white-boards", lying, 33, thing=opened("blank", ribbon=(0.02, 0.02, 0.02)),
        on="white boards", mood="bright", turn=-14, extras=[("pen", (2.0, -0.6, 0.06), 80)], distance=6.8, up=84)
picture(V + "spiral-notebook-with-pen", lying, 34, thing=opened("ruled", bound=True), on="oak", mood="bright",
        turn=12, extras=[("pen", (0.5, -0.4, 0.2), 50)], distance=6, up=72)
picture(V + "pad-beside-laptop", lying, 35, thing=pad("blank"), on="white", mood="cool", turn=-12, at=(0.5, -0.1, 0),
        extras=[("laptop", (-2.2, 0.3, 0), 8), ("pencil", (0.6, -0.7, 0.24), 60)], distance=5.6, up=76)
picture(V + "brown-notebook-and-cup", lying, 36, thing=closed((0.3, 0.16, 0.07), elastic=(0.06, 0.03, 0.02)),
        on="stone", mood="warm", turn=10, extras=[("blue cup", (1.6, 0.7, 0), -30), ("pen", (-1.4, -0.6, 0.06), 75)],
        distance=5.4, up=66)

T, V = "stock/training/wood/", "stock/validation/wood/"
picture(T + "dark-boards", surface, 41, mood="warm", dark=WALNUT[0], light=WALNUT[1], width=1.6, length=14)
picture(T + "gray-boards", surface, 42, dark=GRAY[0], light=GRAY[1], turn=90, nails=True, width=1.1, knots=0.6)
picture(T + "white-painted-boards", surface, 43, dark=ASH[0], light=ASH[1], paint=(0.78, 0.78, 0.78), wear=0.42,
        spread=0.08, turn=90, width=1.3, knots=0.7)
picture(T + "pine-boards-with-knots", surface, 44, mood="warm", dark=PINE[0], light=PINE[1], knots=0.8, width=1.7,
        nails=True)
picture(T + "oak-floor", surface, 45, mood="warm", dark=OAK[0], light=OAK[1], width=0.7, length=5, turn=90,
        view={"up": 60})
picture(T + "mahogany-parquet", surface, 46, dark=MAHOGANY[0], light=(0.34, 0.13, 0.06), width=0.8, length=4.5,
        spread=0.5, turn=88)
picture(T + "herringbone-parquet", surface, 47, dark=OAK[0], light=OAK[1], layout=herringbone, width=0.75,
        length=3.75, turn=45, spread=0.3, knots=0.2)
picture(T + "parquet-in-squares", surface, 48, mood="warm", dark=OAK[0], light=PINE[1], layout=squares, width=0.6,
        length=3.0, spread=0.25, knots=0.2)
picture(T + "one-wide-board", surface, 49, mood="warm", dark=(0.3, 0.15, 0.05), light=(0.62, 0.4, 0.19), width=9,
        length=40, rings=22, knots=0.3)
picture(T + "planks-before-lights", surface, 50, mood="warm", dark=OAK[0], light=PINE[1], back=LIGHTS, turn=90,
        width=1.0, length=20, view={"target": (0, 0, 0.6), "up": 12, "distance": 8, "stop": 0.4})
picture(T + "weathered-planks", surface, 51, mood="sunny", dark=(0.12, 0.08, 0.05), light=(0.45, 0.36, 0.26),
        nails=True, width=1.5, knots=0.7, turn=3, spread=0.45)
picture(T + "blue-painted-boards", surface, 52, dark=GRAY[0], light=PINE[1], paint=(0.1, 0.36, 0.42), wear=0.5,
        turn=90, width=1.4, view={"up": 72})
picture(V + "brown-boards", surface, 53, mood="bright", dark=OAK[0], light=PINE[1], width=1.2, turn=90, knots=0.7)
picture(V + "walnut-floor", surface, 54, mood="cool", dark=WALNUT[0], light=(0.16, 0.08, 0.04), width=0.9, length=7,
        view={"up": 55})
picture(V + "old-gray-planks", surface, 55, mood="bright", dark=GRAY[0], light=(0.45, 0.42, 0.38), width=1.8,
        nails=True, knots=0.7, view={"distance": 8})
picture(V + "yellow-pine-floor", surface, 56, mood="warm", dark=(0.45, 0.24, 0.07), light=(0.75, 0.5, 0.2), width=1.0,
        length=9, turn=60, view={"up": 66})
# fmt: on


def make(name, target, size, samples, threads):
    """Build one scene and render it."""
    scene, shape, seed, choices = PICTURES[name]
    width, height = [round(size * share) for share in SHAPES[shape]]
    fewer = 4 if scene is surface else 1
    empty_studio(width, height, samples // fewer, threads)
    bpy.context.scene.cycles.adaptive_threshold = 0.03
    bpy.context.scene.cycles.max_bounces = 3
    scene(Random(seed), **choices)
    bpy.context.scene.world.cycles.sampling_method = "NONE"
    target.parent.mkdir(parents=True, exist_ok=True)
    render(target, 88)


def main():
    """Read the command line and make the pictures that it asks for."""
    parser = argparse.ArgumentParser(prog="stock.py")
    parser.add_argument("folder", type=Path, help="the course's data folder")
    parser.add_argument("--only", nargs="*", default=[], help="names of pictures, for example drum")
    parser.add_argument("--size", type=int, default=640, help="pixels on the long side")
    parser.add_argument("--samples", type=int, default=128, help="samples per pixel at most")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(sys.argv[sys.argv.index("--") + 1 :])
    for name in PICTURES:
        if not options.only or name in options.only or Path(name).name in options.only:
            path = (options.folder / name).with_suffix(".jpg")
            make(name, path.resolve(), options.size, options.samples, options.threads)


if __name__ == "__main__":
    main()
