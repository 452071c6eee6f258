"""Makes the font of the social cards: the part of Noto Sans CJK JP that Japanese titles need.

    python docs/card_font.py /usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc

Reads Debian's `fonts-noto-cjk` (SIL Open Font License 1.1) and writes `digests/public/fonts/`;
fontTools comes with requirements-dev.txt. Kept: ASCII, Latin with diacritics, Greek, kana,
punctuation, JIS levels 1 to 3 and what Windows adds to them. Dropped: hinting, vertical writing
and the glyph variants, which a picture does not use.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

FAMILY = "Noto Sans CJK JP"
FONTS = Path(__file__).parents[1] / "digests" / "public" / "fonts"
TARGET = FONTS / "NotoSansCJKjp-Bold-subset.otf"
RANGES = ((0x20, 0x17F), (0x370, 0x3FF), (0x2010, 0x2027), (0x2030, 0x205E), (0x2190, 0x2193))
SINGLE = "𠮷〜‖¢£¬€™−×÷≈≠≤≥∞√∑∫∂∇∈⊂⊆∪∩"


def characters() -> Iterator[int]:
    for first, last in RANGES:
        yield from range(first, last + 1)
    yield from map(ord, SINGLE)
    for lead in (*range(0x81, 0xA0), *range(0xE0, 0xFD)):
        for trail in range(0x40, 0xFD):
            both = bytes((lead, trail))
            yield from map(ord, both.decode("cp932", "ignore") + both.decode("shift_jis", "ignore"))
            if lead < 0xF0:  # 0213's other plane is level 4
                pair = both.decode("shift_jis_2004", "ignore")
                yield from (ord(one) for one in pair if not unicodedata.combining(one))


def subset(source: Path) -> TTFont:
    font = next(f for f in TTCollection(source).fonts if f["name"].getDebugName(1) == FAMILY)
    options = Options(
        hinting=False, layout_features=["kern", "palt"], name_IDs=["*"], notdef_outline=True
    )
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=set(characters()))
    subsetter.subset(font)
    return font


if __name__ == "__main__":
    FONTS.mkdir(exist_ok=True)
    subset(Path(sys.argv[1])).save(TARGET)
    print(TARGET, TARGET.stat().st_size)
