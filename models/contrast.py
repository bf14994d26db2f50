"""Contrast of two colours, and the nearest colour that has enough.

WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio and #dfn-relative-luminance; 4.5:1 is asked of text at
level AA (success criterion 1.4.3). Colours are written `#rrggbb`.
"""

ENOUGH = 4.5
LIGHT_PAPER = ("#f6f4ee", "#fffefb", "#ebe8df")
DARK_PAPER = ("#101217", "#171a21", "#20242d")
"""What links and buttons stand on: `--paper`, `--sheet` and `--sunk` of the style sheet; tints lie between them."""
LIGHT_ACCENT, DARK_ACCENT = "#2d3ccb", "#a8b3ff"
"""Ours."""
WHITE, INK = "#ffffff", "#10121c"


def luminance(colour: str) -> float:
    """Relative luminance, from 0 for black to 1 for white."""
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 (sRGB)


def contrast(one: str, other: str) -> float:
    """The ratio of two colours, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def lowest(colour: str, papers: tuple[str, ...]) -> float:
    """The ratio on the paper where it is lowest."""
    return min(contrast(colour, paper) for paper in papers)


def nearest(colour: str, papers: tuple[str, ...]) -> str:
    """A colour of the same hue that has enough contrast: mixed with as little black, or white, as does."""
    target = "#000000" if luminance(papers[0]) > luminance(INK) * 4 else WHITE
    steps = (_mixed(colour, target, step / 100) for step in range(101))
    return next(each for each in steps if lowest(each, papers) >= ENOUGH)


def _mixed(colour: str, target: str, share: float) -> str:
    pairs = zip(_channels(colour), _channels(target), strict=True)
    return "#" + "".join(f"{round(here + (there - here) * share):02x}" for here, there in pairs)


def on(colour: str) -> str:
    """White or ink, whichever can be read better on a colour."""
    return max(WHITE, INK, key=lambda text: contrast(text, colour))
