"""Cut the lesson's mathematics font out of STIX Two Math.

The lesson's formulas are MathML. A browser can only stretch their brackets, radicals and sums with a font that has an
OpenType MATH table, so the lesson carries one: the characters that its formulas use, with every size and every part
that the MATH table names for them.

Usage (outside the package's own environment: it needs ``pip install fonttools brotli``)::

    python docs/make_font.py PATH_TO_FONT

PATH_TO_FONT is ``STIXTwoMath-Regular.otf`` 2.12 b168 as Debian's package texlive-fonts-extra has it, in
``/usr/share/texlive/texmf-dist/fonts/opentype/public/stix2-otf/``; ``apt-get download texlive-fonts-extra`` and
``dpkg-deb --fsys-tarfile`` get it without installing TeX. The result is
``src/backproof/lesson/forms/html/math.woff2``. The same font gives the same bytes with the same libraries.
The font's licence, SIL OFL 1.1, lies beside it in ``math-font-licence.txt``: it is the ``OFL.txt`` of the package
texlive-fonts-extra-doc with a note on what was changed.

Changes to the font:

* only the characters of ``characters()`` stay, with their size variants and assembly parts, and of the layout
  features only dtls and flac (dotless and flat accents);
* U+2032 PRIME is drawn by the glyph that the font has for primes in a superscript. The font's own rule for that is the
  feature ssty, which Chromium does not apply, and MathML has primes in superscripts only;
* the cut-in kerns (MathKernInfo) and the list of extended shapes go, which MathML Core does not read, and so do the
  sizes of the two slashes, which MathML does not stretch;
* the family is called "Backproof Math": "STIX" is a trademark, and "TM Math" is a Reserved Font Name.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from fontTools import subset, ttLib

FAMILY = "Backproof Math"
POSTSCRIPT_NAME = "BackproofMath-Regular"
TARGET = Path(__file__).resolve().parent.parent / "src" / "backproof" / "lesson" / "forms" / "html" / "math.woff2"

PRIME = 0x2032
SYMBOLS = (
    "·×÷±…⋯−∂∇∑∏√∞≈≠≤≥≪≫←→↦⇒∈∉⊙⊤∘∗⋅′‖⌊⌋⌈⌉⟨⟩"  # operators and fences
    "\u00a0\u2061\u2062\u2063\u2064"  # the no-break space and the four invisible operators
    "ˆ˜¯ˉ\u203e\u0302\u0303\u0304"  # accents and the overline
    "\u210e"  # the italic h, which Unicode keeps outside the italic alphabet
)
RANGES = (
    (0x20, 0x7E),  # ASCII
    (0x391, 0x3A1),  # Greek capitals, which have a gap at U+03A2
    (0x3A3, 0x3A9),
    (0x3B1, 0x3C9),  # Greek small letters
    (0x1D434, 0x1D454),  # italic Latin, which has a gap at h
    (0x1D456, 0x1D467),
    (0x1D6E2, 0x1D71B),  # italic Greek: a browser draws <mi>Δ</mi> and <mi>∂</mi> with these
)

# What must still stretch, and how: "v" up and down, "h" sideways
STRETCHY = {"v": "()[]{}|‖⌊⌋⌈⌉⟨⟩√∑∏", "h": "←→↦⇒\u203e\u0302\u0303"}
# ... and without a limit, by an assembly of parts
ASSEMBLED = {"v": "()[]{}|‖⌊⌋⌈⌉√", "h": "←→↦⇒\u203e"}

LICENCE_NAMES = (0, 13, 14)  # the copyright, the licence and its address: these stay as they are
VERSION_NAME = 5
FULL_NAMES = {
    1: FAMILY,
    2: "Regular",
    3: POSTSCRIPT_NAME,
    4: f"{FAMILY} Regular",
    6: POSTSCRIPT_NAME,
}

Constructions = dict[str, Any]


def characters() -> set[int]:
    """The code points that the subset keeps."""
    return {ord(symbol) for symbol in SYMBOLS} | {code for low, high in RANGES for code in range(low, high + 1)}


def constructions(font: Any, direction: str) -> Constructions:
    """The glyphs that stretch up and down ("v") or sideways ("h"), each with its sizes and its assembly."""
    variants = font["MATH"].table.MathVariants
    if direction == "v":
        return dict(zip(variants.VertGlyphCoverage.glyphs, variants.VertGlyphConstruction, strict=True))
    return dict(zip(variants.HorizGlyphCoverage.glyphs, variants.HorizGlyphConstruction, strict=True))


def describe(font: Any, direction: str, symbol: str) -> tuple[list[int], list[tuple[int, int, int, int]]]:
    """A character's sizes, and the lengths and the flags of its assembly's parts."""
    construction = constructions(font, direction).get(font.getBestCmap()[ord(symbol)])
    if construction is None:
        return [], []
    sizes = [record.AdvanceMeasurement for record in construction.MathGlyphVariantRecord]
    if construction.GlyphAssembly is None:
        return sizes, []
    parts = [
        (part.FullAdvance, part.StartConnectorLength, part.EndConnectorLength, part.PartFlags)
        for part in construction.GlyphAssembly.PartRecords
    ]
    return sizes, parts


def prepare(font: Any) -> None:
    """Make the changes that subsetting does not make by itself."""
    mapping = font.getBestCmap()
    superscript_prime = f"{mapping[PRIME]}.ssty"
    font.getGlyphID(superscript_prime)  # a KeyError tells that this is the font without ssty
    for table in font["cmap"].tables:
        if PRIME in table.cmap:
            table.cmap[PRIME] = superscript_prime
    info = font["MATH"].table.MathGlyphInfo
    info.MathKernInfo = info.ExtendedShapeCoverage = None
    variants = font["MATH"].table.MathVariants
    stretching = constructions(font, "v")
    for slash in "/\\":
        del stretching[mapping[ord(slash)]]
    variants.VertGlyphCoverage.glyphs = list(stretching)
    variants.VertGlyphConstruction = list(stretching.values())
    variants.VertGlyphCount = len(stretching)


def cut(font: Any) -> None:
    """Leave only the glyphs, the tables and the names that the lesson needs."""
    options: Any = subset.Options()
    options.hinting = False
    options.desubroutinize = True  # smaller once Brotli has packed it
    options.glyph_names = False
    options.layout_features = ["dtls", "flac"]
    options.layout_scripts = ["math"]
    options.drop_tables += ["GPOS", "GDEF", "DSIG"]
    options.name_IDs = [*FULL_NAMES, VERSION_NAME, *LICENCE_NAMES]
    options.notdef_outline = True
    subsetter: Any = subset.Subsetter(options)
    subsetter.populate(unicodes=characters())
    subsetter.subset(font)


def rename(font: Any) -> None:
    """Call the font by its own name, everywhere that a name stands; copyright and licence stay as they are."""
    for record in font["name"].names:
        if record.nameID in FULL_NAMES:
            record.string = FULL_NAMES[record.nameID]
        elif record.nameID == VERSION_NAME:
            record.string = f"{record.toUnicode()}; subset for backproof"
    cff = font["CFF "].cff
    cff.fontNames = [POSTSCRIPT_NAME]
    top = cff.topDictIndex[0]
    top.FamilyName, top.FullName = FAMILY, f"{FAMILY} Regular"


def faults(source: Any, result: Any) -> list[str]:
    """What the subset has lost that it should have kept."""
    found = [f"U+{code:04X} has no glyph" for code in sorted(characters() - result.getBestCmap().keys())]
    for direction, symbols in STRETCHY.items():
        for symbol in symbols:
            before, after = describe(source, direction, symbol), describe(result, direction, symbol)
            if before != after:
                found.append(f"U+{ord(symbol):04X} stretched {direction} by {before}, now by {after}")
            if not after[0] or (symbol in ASSEMBLED[direction] and not after[1]):
                found.append(f"U+{ord(symbol):04X} does not stretch: {after}")
    names = {record.nameID for record in result["name"].names}
    return found + [f"name record {name} is gone" for name in LICENCE_NAMES if name not in names]


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/make_font.py PATH_TO_FONT")
    # without the time of the run, so that the same font gives the same bytes
    font: Any = ttLib.TTFont(sys.argv[1], recalcTimestamp=False)
    prepare(font)
    cut(font)
    rename(font)
    font.flavor = "woff2"
    font.save(TARGET)

    result: Any = ttLib.TTFont(TARGET)
    lost = faults(ttLib.TTFont(sys.argv[1]), result)
    if lost:
        sys.exit("\n".join(lost))
    version = result["name"].getDebugName(VERSION_NAME)
    print(f"{TARGET}: {TARGET.stat().st_size} bytes, {len(result.getGlyphOrder())} glyphs, {version}")


if __name__ == "__main__":
    main()
