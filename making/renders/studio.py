"""A small photo studio in Blender: materials, shapes, floors, light and a camera.

Every choice comes from a ``random.Random`` that the caller seeds, so a picture can be made again. Lengths are in
decimeters: a mug is 1 high. Colors are linear red, green, blue in [0, 1].
"""

import colorsys
import math
from random import Random

import bpy
from mathutils import Vector

Color = tuple[float, float, float]


def empty_studio(width: int, height: int, samples: int, threads: int) -> None:
    """Start from nothing, with the renderer set up."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising, scene.cycles.max_bounces = samples, False, 5
    scene.cycles.sample_clamp_indirect = 4
    scene.render.threads_mode, scene.render.threads = "FIXED", threads
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.view_settings.view_transform = "Standard"
    scene.world = bpy.data.worlds.new("world")
    scene.world.use_nodes = True


def render(path: str, quality: int = 90) -> None:
    """Take the picture, as a JPEG file."""
    scene = bpy.context.scene
    scene.render.image_settings.file_format, scene.render.image_settings.quality = "JPEG", quality
    for name in ("date", "time", "render_time", "memory", "filename", "frame", "camera", "scene", "lens", "hostname"):
        setattr(scene.render, f"use_stamp_{name}", False)
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


def any_color(rng: Random, saturation=(0.2, 0.9), value=(0.1, 0.8)) -> Color:
    """Choose a color of any hue."""
    return colorsys.hsv_to_rgb(rng.random(), rng.uniform(*saturation), rng.uniform(*value))


def near(rng: Random, color: Color, spread: float = 0.15) -> Color:
    """Choose a color close to another."""
    return tuple(min(1, max(0.005, channel * rng.uniform(1 - spread, 1 + spread))) for channel in color)


# Materials


def plain(color: Color, roughness=0.5, metallic=0.0, transmission=0.0, glow=0.0):
    """Make a material of one color: paint, plastic, metal, glass or a light."""
    material = bpy.data.materials.new("plain")
    material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*color, 1)
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Metallic"].default_value = metallic
    shader.inputs["Transmission"].default_value = transmission
    shader.inputs["Emission"].default_value = (*color, 1)
    shader.inputs["Emission Strength"].default_value = glow
    return material


def patterned(kind: str, colors: list[Color], scale=4.0, roughness=0.5, metallic=0.0, bump=0.0, stretch=(1, 1, 1)):
    """Make a material that runs through several colors in a pattern.

    ``kind`` is noise, wood, marble, stripes, cells, bricks or checker; ``bump`` makes the pattern's relief.
    """
    material = plain(colors[0], roughness, metallic)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    shader = nodes["Principled BSDF"]
    place, mapping = nodes.new("ShaderNodeTexCoord"), nodes.new("ShaderNodeMapping")
    mapping.inputs["Scale"].default_value = stretch
    links.new(place.outputs["Object"], mapping.inputs["Vector"])
    texture, value = _texture(nodes, kind, scale)
    links.new(mapping.outputs["Vector"], texture.inputs["Vector"])
    ramp = nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.interpolation = "CONSTANT" if kind in ("stripes", "checker") else "LINEAR"
    low, high = {"noise": (0.35, 0.65), "stripes": (0, 0.5)}.get(kind, (0, 1))
    elements = ramp.color_ramp.elements
    while len(elements) < len(colors):
        elements.new(0.5)
    for index, color in enumerate(colors):
        elements[index].position = low + (high - low) * index / max(1, len(colors) - 1)
        elements[index].color = (*color, 1)
    links.new(texture.outputs[value], ramp.inputs["Fac"])
    links.new(ramp.outputs["Color"], shader.inputs["Base Color"])
    if bump:
        relief = nodes.new("ShaderNodeBump")
        relief.inputs["Strength"].default_value, relief.inputs["Distance"].default_value = bump, 0.05
        links.new(texture.outputs[value], relief.inputs["Height"])
        links.new(relief.outputs["Normal"], shader.inputs["Normal"])
    return material


def _texture(nodes, kind: str, scale: float):
    """Make the texture node of a pattern, and name its output that carries a number."""
    if kind == "noise":
        node = nodes.new("ShaderNodeTexNoise")
        node.inputs["Detail"].default_value = 6
    elif kind in ("wood", "marble", "stripes"):
        node = nodes.new("ShaderNodeTexWave")
        node.inputs["Distortion"].default_value = {"wood": 6, "marble": 14, "stripes": 0}[kind]
        node.inputs["Detail"].default_value = 0 if kind == "stripes" else 3
    elif kind == "cells":
        node = nodes.new("ShaderNodeTexVoronoi")
    elif kind == "bricks":
        node = nodes.new("ShaderNodeTexBrick")
    else:
        node = nodes.new("ShaderNodeTexChecker")
    node.inputs["Scale"].default_value = scale
    return node, "Distance" if kind == "cells" else "Fac"


def clear(color: Color = (0.95, 0.97, 0.97), shine=0.12):
    """Make thin glass: what is behind shows through without being bent."""
    material = plain(color)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    through, gloss, mix = (
        nodes.new(f"Shader{name}") for name in ("NodeBsdfTransparent", "NodeBsdfGlossy", "NodeMixShader")
    )
    through.inputs["Color"].default_value = (*color, 1)
    gloss.inputs["Roughness"].default_value, mix.inputs["Fac"].default_value = 0.05, shine
    links.new(through.outputs["BSDF"], mix.inputs[1])
    links.new(gloss.outputs["BSDF"], mix.inputs[2])
    links.new(mix.outputs["Shader"], nodes["Material Output"].inputs["Surface"])
    return material


def wood(rng: Random, color: Color | None = None, scale: float | None = None):
    """Make a wood with its grain along x, of a random tone."""
    color = color or rng.choice([(0.35, 0.18, 0.07), (0.55, 0.36, 0.18), (0.12, 0.06, 0.03), (0.45, 0.4, 0.34)])
    dark = tuple(channel * rng.uniform(0.45, 0.75) for channel in color)
    scale = scale or rng.uniform(0.6, 1.6)
    roughness = rng.uniform(0.3, 0.8)
    return patterned("wood", [dark, color, near(rng, color)], scale, roughness, bump=0.15, stretch=(0.12, 1, 1))


# Shapes


def add(mesh_or_curve, material, at=(0, 0, 0), turn=(0, 0, 0), smooth=True):
    """Put a mesh or curve into the scene. ``turn`` is in degrees about x, y and z."""
    thing = bpy.data.objects.new("thing", mesh_or_curve)
    thing.data.materials.append(material)
    thing.location, thing.rotation_euler = at, [math.radians(angle) for angle in turn]
    bpy.context.scene.collection.objects.link(thing)
    if smooth and hasattr(mesh_or_curve, "polygons"):
        mesh_or_curve.polygons.foreach_set("use_smooth", [True] * len(mesh_or_curve.polygons))
    return thing


def lathe(profile, material, at=(0, 0, 0), turn=(0, 0, 0), steps=48, smooth=True):
    """Turn a profile, a list of (radius, height), about the z axis."""
    rounds = [(math.cos(2 * math.pi * k / steps), math.sin(2 * math.pi * k / steps)) for k in range(steps)]
    corners = [(radius * x, radius * y, z) for radius, z in profile for x, y in rounds]
    faces = [
        (ring * steps + k, ring * steps + (k + 1) % steps, (ring + 1) * steps + (k + 1) % steps, (ring + 1) * steps + k)
        for ring in range(len(profile) - 1)
        for k in range(steps)
    ]
    mesh = bpy.data.meshes.new("lathe")
    mesh.from_pydata(corners, [], faces)
    return add(mesh, material, at, turn, smooth)


def cylinder(radius, height, material, at=(0, 0, 0), turn=(0, 0, 0)):
    """Make a closed cylinder that stands on z = 0."""
    edge = min(radius, height) * 0.02
    profile = [
        (0, 0),
        (radius - edge, 0),
        (radius, edge),
        (radius, height - edge),
        (radius - edge, height),
        (0, height),
    ]
    return lathe(profile, material, at, turn, smooth=False)


def ball(radius, material, at=(0, 0, 0), turn=(0, 0, 0), squeeze=1.0):
    """Make a ball about the origin; ``squeeze`` scales its height."""
    angles = [math.pi * k / 32 for k in range(33)]
    return lathe([(radius * math.sin(a), -radius * squeeze * math.cos(a)) for a in angles], material, at, turn)


def box(size, material, at=(0, 0, 0), turn=(0, 0, 0), rounded=0.02):
    """Make a box about the origin with rounded edges."""
    x, y, z = (side / 2 for side in size)
    corners = [(i, j, k) for i in (-x, x) for j in (-y, y) for k in (-z, z)]
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    mesh = bpy.data.meshes.new("box")
    mesh.from_pydata(corners, [], faces)
    thing = add(mesh, material, at, turn, smooth=False)
    if rounded:
        bevel = thing.modifiers.new("rounded", "BEVEL")
        bevel.width, bevel.segments = rounded, 4
    return thing


def tube(points, radius, material, closed=False, radii=None, at=(0, 0, 0), turn=(0, 0, 0), sharp=False):
    """Make a tube through points; ``radii`` scales its radius at each, ``sharp`` keeps its corners."""
    curve = bpy.data.curves.new("tube", "CURVE")
    curve.dimensions, curve.bevel_depth, curve.bevel_resolution, curve.use_fill_caps = "3D", radius, 6, True
    line = curve.splines.new("NURBS" if len(points) > 3 and not sharp else "POLY")
    line.points.add(len(points) - 1)
    for index, point in enumerate(points):
        line.points[index].co = (*point, 1)
        line.points[index].radius = radii[index] if radii else 1
    line.use_cyclic_u, line.use_endpoint_u = closed, not closed
    return add(curve, material, at, turn)


def panel(outline, material, thickness=0.02, at=(0, 0, 0), turn=(0, 0, 0)):
    """Cut a flat shape, given by its corners (x, y), out of a sheet."""
    mesh = bpy.data.meshes.new("panel")
    mesh.from_pydata([(x, y, 0) for x, y in outline], [], [tuple(range(len(outline)))])
    thing = add(mesh, material, at, turn, smooth=False)
    thing.modifiers.new("thick", "SOLIDIFY").thickness = thickness
    return thing


def writing(text: str, size: float, material, at=(0, 0, 0), turn=(90, 0, 0)):
    """Write a text, centered, that is read from in front."""
    curve = bpy.data.curves.new("writing", "FONT")
    curve.body, curve.size, curve.extrude = text, size, size * 0.01
    curve.align_x, curve.align_y = "CENTER", "CENTER"
    return add(curve, material, at, turn)


def together(things, at=(0, 0, 0), turn=(0, 0, 0), scale=1.0):
    """Join things so that they move as one."""
    frame = bpy.data.objects.new("frame", None)
    bpy.context.scene.collection.objects.link(frame)
    for thing in things:
        thing.parent = frame
    frame.location, frame.scale = at, (scale,) * 3
    frame.rotation_euler = [math.radians(angle) for angle in turn]
    return frame


# The set


def floor(rng: Random, material=None, size: float = 60.0, height: float = 0.0):
    """Lay a floor or table top, of a random material unless one is given."""
    mesh = bpy.data.meshes.new("floor")
    half = size / 2
    mesh.from_pydata([(-half, -half, 0), (half, -half, 0), (half, half, 0), (-half, half, 0)], [], [(0, 1, 2, 3)])
    return add(mesh, material or any_surface(rng), (0, 0, height), (0, 0, rng.uniform(0, 360)), smooth=False)


def any_surface(rng: Random):
    """Choose a wood, cloth, stone, tile, lawn or paint."""
    kind = rng.choice(
        ["wood", "wood", "boards", "plain", "white", "noise", "marble", "bricks", "checker", "cloth", "lawn"]
    )
    color = any_color(rng, (0, 0.6), (0.1, 0.8))
    if kind == "wood":
        return wood(rng)
    if kind == "white":
        return plain((rng.uniform(0.6, 0.9),) * 3, rng.uniform(0.2, 0.8))
    if kind == "plain":
        return plain(color, rng.uniform(0.15, 0.9))
    if kind == "lawn":
        greens = [(0.02, 0.08, 0.01), (0.1, 0.25, 0.03), (0.2, 0.35, 0.08)]
        return patterned("noise", greens, rng.uniform(8, 25), 0.9, bump=1.0)
    if kind == "cloth":
        return patterned("checker", [color, near(rng, color, 0.4)], rng.uniform(10, 30), 0.95, bump=0.3)
    kind = "bricks" if kind == "boards" else kind
    colors = [color, near(rng, color, 0.5), near(rng, color, 0.7)]
    return patterned(kind, colors, rng.uniform(0.3, 4), rng.uniform(0.3, 0.9), bump=rng.choice([0, 0.3]))


def wall(rng: Random, distance: float = 12.0, material=None):
    """Put a wall behind the scene, where y is large."""
    mesh = bpy.data.meshes.new("wall")
    mesh.from_pydata([(-60, 0, -5), (60, 0, -5), (60, 0, 60), (-60, 0, 60)], [], [(0, 1, 2, 3)])
    return add(mesh, material or any_surface(rng), (0, distance, 0), (0, 0, rng.uniform(-15, 15)), smooth=False)


def clutter(rng: Random, count: int, distance=(5, 11)) -> None:
    """Put nondescript things at the back."""
    for _ in range(count):
        at = (rng.uniform(-7, 7), rng.uniform(*distance), 0)
        material, size = any_surface(rng), rng.uniform(0.6, 2.5)
        shape = rng.randrange(3)
        if shape == 0:
            box(
                (size, size * rng.uniform(0.3, 1), size * rng.uniform(0.5, 2)), material, at, (0, 0, rng.uniform(0, 90))
            )
        elif shape == 1:
            cylinder(size / 2, size * rng.uniform(0.5, 2), material, at)
        else:
            ball(size / 2, material, (at[0], at[1], size / 2))


def light(rng: Random, strength: float = 1.0) -> None:
    """Light the scene: daylight, a window or a lamp, always with some light from all sides."""
    background = bpy.context.scene.world.node_tree.nodes["Background"]
    warm, cool = (1, 0.85, 0.65), (0.75, 0.87, 1)
    tint = rng.choice([warm, cool, (1, 1, 1), (1, 0.96, 0.9)])
    background.inputs["Color"].default_value = (*rng.choice([(1, 1, 1), cool, near(rng, warm, 0.1)]), 1)
    background.inputs["Strength"].default_value = rng.uniform(0.25, 0.9) * strength
    sun = rng.random() < 0.4
    lamp = bpy.data.lights.new("key", "SUN" if sun else "AREA")
    lamp.color, lamp.energy = tint, (rng.uniform(1.5, 4) if sun else rng.uniform(1200, 3500)) * strength
    if sun:
        lamp.angle = math.radians(rng.choice([0.5, 5, 20]))
    else:
        lamp.size = rng.uniform(2, 9)
    holder = bpy.data.objects.new("key", lamp)
    around, up = math.radians(rng.uniform(0, 360)), math.radians(rng.uniform(25, 75))
    holder.location = Vector((math.cos(around) * math.cos(up), math.sin(around) * math.cos(up), math.sin(up))) * 14
    _aim(holder, Vector((0, 0, 0.5)))
    bpy.context.scene.collection.objects.link(holder)


def sky(rng: Random) -> None:
    """Show an open sky behind everything."""
    tree = bpy.context.scene.world.node_tree
    blue = near(rng, rng.choice([(0.2, 0.45, 0.9), (0.6, 0.75, 0.95), (0.85, 0.85, 0.85), (0.9, 0.6, 0.4)]))
    tree.nodes["Background"].inputs["Color"].default_value = (*blue, 1)


def clouds(rng: Random, colors: list[Color], scale: float = 3.0) -> None:
    """Show colors that run into each other behind everything: clouds, or a view that is out of focus."""
    tree = bpy.context.scene.world.node_tree
    place, texture, ramp = (
        tree.nodes.new(f"Shader{name}") for name in ("NodeTexCoord", "NodeTexNoise", "NodeValToRGB")
    )
    mapping = tree.nodes.new("ShaderNodeMapping")
    mapping.inputs["Location"].default_value = [rng.uniform(-9, 9) for _ in range(3)]
    texture.inputs["Scale"].default_value = scale
    while len(ramp.color_ramp.elements) < len(colors):
        ramp.color_ramp.elements.new(0.5)
    for index, color in enumerate(colors):
        element = ramp.color_ramp.elements[index]
        element.position, element.color = 0.35 + 0.3 * index / max(1, len(colors) - 1), (*color, 1)
    tree.links.new(place.outputs["Generated"], mapping.inputs["Vector"])
    tree.links.new(mapping.outputs["Vector"], texture.inputs["Vector"])
    tree.links.new(texture.outputs["Fac"], ramp.inputs["Fac"])
    tree.links.new(ramp.outputs["Color"], tree.nodes["Background"].inputs["Color"])


def camera(rng: Random, target=(0, 0, 0.5), distance=(4, 7), elevation=(10, 50), around=(-60, 60), blur=0.3, roll=4):
    """Look at the target from in front (y is small), sometimes with a blurred background.

    ``distance`` is in lengths of the scene for a picture about half as wide; angles are in degrees.
    """
    eye = bpy.data.cameras.new("camera")
    eye.lens = rng.choice([35, 50, 70])
    holder = bpy.data.objects.new("camera", eye)
    far = rng.uniform(*distance) * eye.lens / 50
    up, side = math.radians(rng.uniform(*elevation)), math.radians(rng.uniform(*around))
    way = Vector((math.sin(side) * math.cos(up), -math.cos(side) * math.cos(up), math.sin(up)))
    holder.location = Vector(target) + way * far
    _aim(holder, Vector(target))
    holder.rotation_euler.rotate_axis("Z", math.radians(rng.gauss(0, roll)))
    eye.shift_x, eye.shift_y = rng.uniform(-0.1, 0.1), rng.uniform(-0.1, 0.1)
    if rng.random() < blur:
        eye.dof.use_dof, eye.dof.focus_distance = True, far
        eye.dof.aperture_fstop = rng.uniform(0.1, 0.4)
    bpy.context.scene.collection.objects.link(holder)
    bpy.context.scene.camera = holder
    return holder


def _aim(thing, target: Vector) -> None:
    thing.rotation_euler = (target - thing.location).to_track_quat("-Z", "Y").to_euler()
