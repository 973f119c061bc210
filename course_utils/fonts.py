"""Letters that figures can draw: of every script that this machine has a font for, and never as formulas."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

FIRST = "DejaVu Sans"  # comes with matplotlib; has Latin, Greek, Cyrillic, Arabic, Hebrew letters, and many signs
OTHERS = """
Noto Sans CJK SC|Noto Sans CJK JP|Noto Sans CJK TC|Noto Sans CJK KR|Noto Sans SC|Noto Sans JP|Noto Sans KR
Source Han Sans SC|Source Han Sans CN|Source Han Sans|WenQuanYi Micro Hei|WenQuanYi Zen Hei|Droid Sans Fallback
Microsoft YaHei|SimHei|Microsoft JhengHei|Yu Gothic|Meiryo|MS Gothic|Malgun Gothic
PingFang SC|PingFang HK|Hiragino Sans GB|Hiragino Sans|Heiti TC|STHeiti|Apple SD Gothic Neo|Arial Unicode MS
Noto Sans Arabic|Noto Sans Hebrew|Noto Sans Devanagari|Noto Sans Bengali|Noto Sans Tamil|Noto Sans Thai
Nirmala UI|Leelawadee UI|Kohinoor Devanagari|Thonburi|Segoe UI|Segoe UI Symbol|Segoe UI Emoji|Noto Emoji|Symbola
"""
UNSEEN = ("Cc", "Cf", "Mn", "Me", "Zl", "Zp")  # kinds of characters that may be left out where no font has them


@cache
def families() -> list[str]:
    """The fonts that letters are looked for in, one after the other: those of ``OTHERS`` that are on this machine.

    Returns
    -------
    list of str
        For ``font.family`` of matplotlib, which warns of names that it does not find.
    """
    from matplotlib.font_manager import fontManager

    there = {font.name for font in fontManager.ttflist}
    return [FIRST, *(name for name in re.split(r"[|\n]", OTHERS) if name in there)]


@cache
def _drawable() -> frozenset[int]:
    """The characters that one of these fonts has."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    paths = [findfont(FontProperties(family=[name])) for name in families()]
    return frozenset(code for path in paths for code in get_font(path).get_charmap())


def drawn(text: str) -> str:
    r"""Write a text so that matplotlib draws it as it is (notebook 07).

    Give it with ``fontfamily=families()``, or where ``font.family`` is that. Dollar signs make no formula. A character
    that no font here has is written by its number, as ``U+1F600``, rather than as a box with a warning. Matplotlib,
    from 3.11 on, joins Arabic letters and lets them run from right to left.

    Parameters
    ----------
    text : str
        A name, or several lines.

    Returns
    -------
    str
        With ``\$`` for each ``$``, which matplotlib draws as ``$``.

    Examples
    --------
    >>> drawn("$x_1$")
    '\\$x_1\\$'
    """
    return legible(text).replace("$", r"\$")


def legible(text: str) -> str:
    """The same without the marks for matplotlib, to be shortened before :func:`drawn`."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    pieces: list[str] = []
    for letter in unicodedata.normalize("NFC", text):
        shown = _shown(letter)
        apart = len(shown) > 1 and bool(pieces) and len(pieces[-1]) > 1  # two numbers
        pieces.append(f" {shown}" if apart else shown)
    return "".join(pieces)


def _shown(letter: str) -> str:
    if letter == "\n" or (letter.isprintable() and ord(letter) in _drawable()):
        return letter
    if letter.isspace():
        return " "
    kind = unicodedata.category(letter)
    if kind == "Cs":  # a byte of a name that is not UTF-8
        return "\N{REPLACEMENT CHARACTER}"
    return "" if kind in UNSEEN else f"U+{ord(letter):04X}"
