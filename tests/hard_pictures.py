"""Picture files of every kind that phones, scanners, web pages and accidents make. All are made here."""

import struct
import zlib

import numpy as np
from helpers import noise, saved
from PIL import Image

HEIGHT, WIDTH = 24, 32
COLORS = [
    (220, 30, 30),
    (30, 180, 30),
    (40, 40, 220),
    (250, 250, 250),
]  # top left, top right, bottom left, bottom right


def quadrants(mode="RGB"):
    """Red, green, blue and white: each corner says where it is, and which channel is which."""
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for (vertical, horizontal), color in zip([(0, 0), (0, 1), (1, 0), (1, 1)], COLORS, strict=True):
        rows, columns = slice(vertical * 12, vertical * 12 + 12), slice(horizontal * 16, horizontal * 16 + 16)
        image[rows, columns] = color
    return Image.fromarray(image).convert(mode)


def png(width, height, depth, kind, rows):
    """A PNG file written by hand: Pillow writes no 16-bit colors, and tells no lies about the size."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def sixteen_bit_colors():
    values = np.asarray(quadrants(), np.uint16) * 257
    rows = b"".join(b"\x00" + row.astype(">u2").tobytes() for row in values)
    return png(WIDTH, HEIGHT, 16, 2, rows)


def with_alpha(mode):
    """The bottom right quadrant is transparent black: over white, it is nearly the white of the others."""
    picture = quadrants("RGBA")
    picture.paste((0, 0, 0, 0), (16, 12, 32, 24))
    return picture.convert(mode)


def turned(orientation, form="JPEG", **options):
    """Stored turned, with the EXIF note that undoes it."""
    back = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]  # Pillow's Transpose
    picture = quadrants() if back is None else quadrants().transpose(back)
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(picture, form, exif=exif, **options)


def gray16(form):
    values = np.asarray(quadrants("L"), np.uint16) * 257
    return saved(Image.fromarray(values), form)


def good():
    """Name and content of files that show the quadrants, in color."""
    sharp = dict(quality=95, subsampling=0)
    second = Image.new("RGB", (WIDTH, HEIGHT), "black")
    frames = dict(save_all=True, append_images=[second])
    palette = quadrants().quantize(8)
    clear = with_alpha("RGBA").quantize(8)
    jpeg = saved(quadrants(), "JPEG", **sharp)
    files = {
        "baseline.jpg": jpeg,
        "progressive.jpg": saved(quadrants(), "JPEG", progressive=True, **sharp),
        "cmyk.jpg": saved(quadrants("CMYK"), "JPEG", quality=95),
        "damaged-exif.jpg": saved(quadrants(), "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff nonsense", **sharp),
        "png.jpg": saved(quadrants(), "PNG"),
        "jpeg.png": jpeg,
        "jpeg": jpeg,
        "CAPITALS.JPG": jpeg,
        "plain.png": saved(quadrants(), "PNG"),
        "palette.png": saved(palette, "PNG"),
        "clear.png": saved(with_alpha("RGBA"), "PNG"),
        "clear-palette.png": saved(clear, "PNG"),
        "one-clear-color.png": saved(quadrants(), "PNG", transparency=(250, 250, 250)),
        "16-bit.png": sixteen_bit_colors(),
        "plain.gif": saved(palette, "GIF"),
        "clear.gif": saved(with_alpha("RGBA"), "GIF"),
        "moving.gif": saved(quadrants(), "GIF", **frames),
        "lossy.webp": saved(quadrants(), "WEBP", quality=95),
        "lossless.webp": saved(quadrants(), "WEBP", lossless=True),
        "clear.webp": saved(with_alpha("RGBA"), "WEBP", lossless=True),
        "moving.webp": saved(quadrants(), "WEBP", lossless=True, **frames),
        "plain.tiff": saved(quadrants(), "TIFF"),
        "lzw.tif": saved(quadrants(), "TIFF", compression="tiff_lzw"),
        "jpeg.tif": saved(quadrants(), "TIFF", compression="jpeg", quality=95),
        "cmyk.tif": saved(quadrants("CMYK"), "TIFF"),
        "pages.tif": saved(quadrants(), "TIFF", **frames),
        "plain.bmp": saved(quadrants(), "BMP"),
        "palette.bmp": saved(palette, "BMP"),
        "plain.avif": saved(quadrants(), "AVIF", quality=95),
        "plain.ppm": saved(quadrants(), "PPM"),
        "plain.ico": saved(quadrants(), "ICO", sizes=[(WIDTH, HEIGHT)]),
        "two.mpo": saved(quadrants(), "MPO", **frames),
    }
    for orientation in range(1, 9):
        files[f"turned-{orientation}.jpg"] = turned(orientation, **sharp)
        files[f"turned-{orientation}.png"] = turned(orientation, "PNG")
    return files | {
        "turned-5.webp": turned(5, "WEBP", lossless=True),
        "turned-8.webp": turned(8, "WEBP", lossless=True),
    }


def good_gray():
    """Name and content of files that show the quadrants in gray."""
    gray = quadrants("L")
    floating = Image.fromarray(np.asarray(gray, np.float32) / 255)
    whole = Image.fromarray(np.asarray(gray, np.int32) * 257)
    return {
        "gray.jpg": saved(gray, "JPEG", quality=95),
        "gray.png": saved(gray, "PNG"),
        "gray-clear.png": saved(with_alpha("LA"), "PNG"),
        "gray16.png": gray16("PNG"),
        "gray16.tif": gray16("TIFF"),
        "gray32.tif": saved(whole, "TIFF"),
        "float.tif": saved(floating, "TIFF"),
    }


def bad():
    """Name and content of files that hold no whole picture."""
    bmp = saved(quadrants(), "BMP")
    files = {
        "empty.jpg": b"",
        "text.jpg": b"dear diary\n" * 20,
        "page.jpg": b"<!doctype html><title>404 Not found</title>" * 5,
        "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>',
        "paper.pdf": saved(quadrants(), "PDF"),
        "script.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
        "huge.png": png(50_000, 50_000, 8, 2, b""),
        "no-pixels.png": png(0, 10, 8, 2, b""),
        "no-data.png": png(WIDTH, HEIGHT, 8, 2, b""),
        "wide.bmp": bmp[:18] + struct.pack("<ii", 60_000, 60_000) + bmp[26:],
    }
    grains = noise(0, 96, 96)
    for form, ending in [("JPEG", "jpg"), ("PNG", "png"), ("GIF", "gif"), ("WEBP", "webp"), ("BMP", "bmp")]:
        content = saved(grains, form)
        files[f"half.{ending}"] = content[: len(content) // 2]
        files[f"nearly.{ending}"] = content[: int(len(content) * 0.97)]
        files[f"start.{ending}"] = content[:20]
    for name, compression in [("raw", "raw"), ("lzw", "tiff_lzw"), ("deflate", "tiff_deflate")]:
        content = saved(grains, "TIFF", compression=compression)
        files[f"half-{name}.tif"] = content[: len(content) // 2]
    progressive = saved(grains, "JPEG", progressive=True)
    files["half-progressive.jpg"] = progressive[: len(progressive) // 2]
    avif = saved(grains, "AVIF")
    files["half.avif"] = avif[: len(avif) // 2]
    return files
