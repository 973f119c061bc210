"""Make data/colors: six plain pictures, three blue and three red, each a slightly different shade; and
data/colors.png, all six in a row.

    python tools/make_colors.py
"""

from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1] / "data" / "colors"
SHADES = {
    "training/blue/blue-1.png": (0, 0, 255),
    "training/blue/blue-2.png": (20, 30, 220),
    "validation/blue/blue-3.png": (10, 60, 200),
    "training/red/red-1.png": (255, 0, 0),
    "training/red/red-2.png": (220, 30, 20),
    "validation/red/red-3.png": (200, 10, 60),
}


def main() -> None:
    for name, shade in SHADES.items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (256, 256), shade).save(path)
    row = Image.new("RGB", (6 * 120 - 20, 100), "white")
    for place, shade in enumerate(SHADES.values()):
        row.paste(shade, (place * 120, 0, place * 120 + 100, 100))
    row.save(ROOT.with_suffix(".png"))


if __name__ == "__main__":
    main()
