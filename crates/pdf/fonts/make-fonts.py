"""Makes the two fonts of ours from the unpacked npm packages named in README.md, with fonttools 4:

    python3 make-fonts.py BIZUDGothic_400Regular.ttf BIZUDPGothic_400Regular.ttf BIZUDPGothic_700Bold.ttf \
        NotoSansJP_400Regular.ttf OUT_FOLDER

The same input gives the same bytes. A changed font carries a name of its own, as its licence wants.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

LATIN = [*range(0x20, 0x7F), *range(0xA1, 0x250), *range(0x1E00, 0x1F00), 0x2013, 0x2014, *range(0x2018, 0x201F), 0x2022,
         0x2026, 0x20AC, 0x2122]
# Not needed on a Japanese document, or no name: hangul letters alone, box drawing, radicals, bopomofo.
LEFT_OUT = [(0x1100, 0x11FF), (0x2500, 0x259F), (0x2E80, 0x2FDF), (0x3100, 0x318F), (0xFFA0, 0xFFDC)]

# Drawn here, in a square of 1000 that stands 120 below the line.
FRAME = [[(80, 80), (80, 920), (920, 920), (920, 80)], [(140, 140), (860, 140), (860, 860), (140, 860)]]
TICK = [[(230, 470), (290, 530), (420, 400), (720, 720), (780, 660), (420, 280)]]
CROSS = [[(250, 230), (200, 280), (445, 500), (200, 720), (250, 770), (500, 560), (750, 770), (800, 720), (555, 500),
          (800, 280), (750, 230), (500, 440)]]
DRAWN = {0x2610: FRAME, 0x2611: FRAME + TICK, 0x2612: FRAME + CROSS, 0x2714: TICK, 0x2715: CROSS, 0x2716: CROSS,
         0x2717: CROSS, 0x2718: CROSS}
# Small digits and signs (SpO₂, 10⁻³): those of the Latin font at 0.62 of their size, moved up or down.
RAISED = dict(zip([0x2070, *range(0x2074, 0x207C)], "0456789+-"))
LOWERED = dict(zip(range(0x2080, 0x208C), "0123456789+-"))


def main(base_path, regular_path, bold_path, source_path, out_folder):
    out = Path(out_folder)
    for path, style in ((regular_path, "Regular"), (bold_path, "Bold")):
        font = TTFont(path, recalcTimestamp=False)
        cut(font, set(LATIN) & set(font.getBestCmap()), ["kern"])
        rename(font, "Haruka Latin", style)
        font.save(out / f"HarukaLatin-{style}.ttf")
    small = TTFont(out / "HarukaLatin-Regular.ttf")
    font = TTFont(source_path, recalcTimestamp=False)
    wanted = {it for it in set(font.getBestCmap()) - set(TTFont(base_path).getBestCmap())
              if not any(low <= it <= high for low, high in LEFT_OUT)}
    # Variation selectors must be named, or the subsetter drops the forms that they choose.
    cut(font, wanted | {0xFE00, *range(0xE0100, 0xE0110)}, [])
    for code, contours in DRAWN.items():
        add(font, code, 1000, lambda pen, contours=contours: polygons(pen, contours))
    scale = 0.62 * font["head"].unitsPerEm / small["head"].unitsPerEm
    for rise, codes in ((330, RAISED), (-130, LOWERED)):
        for code, plain in codes.items():
            name = small.getBestCmap()[ord(plain)]
            draw = lambda pen, name=name, rise=rise: small.getGlyphSet()[name].draw(
                TransformPen(pen, (scale, 0, 0, scale, 0, rise)))
            add(font, code, round(small["hmtx"][name][0] * scale), draw)
    rename(font, "Haruka Supplement", "Regular")
    font.save(out / "HarukaSupplement-Regular.ttf")
    print(len(font.getBestCmap()), "characters in the supplement")


def cut(font, codes, features):
    options = subset.Options(layout_features=features, hinting=False, notdef_outline=True, glyph_names=False,
                             name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14], recalc_timestamp=False, drop_tables=["meta"])
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codes)
    cutter.subset(font)


def add(font, code, width, draw):
    name = f"drawn{code:04X}"
    pen = TTGlyphPen(None)
    draw(pen)
    glyph = pen.glyph()
    order = font.getGlyphOrder() + [name]
    font.setGlyphOrder(order)
    font["glyf"][name] = glyph
    glyph.recalcBounds(font["glyf"])
    font["hmtx"][name] = (width, glyph.xMin)
    if "vmtx" in font:
        font["vmtx"][name] = (1000, 0)
    for table in font["cmap"].tables:
        if table.isUnicode() and table.format in (4, 12):
            table.cmap[code] = name
    font["maxp"].numGlyphs = len(order)


def polygons(pen, contours):
    for points in contours:
        for place, (x, y) in enumerate(points):
            (pen.moveTo if place == 0 else pen.lineTo)((x, y - 120))
        pen.closePath()


def rename(font, family, style):
    compact = family.replace(" ", "")
    for number, text in {1: family, 2: style, 3: f"{compact}-{style}-1", 4: f"{family} {style}", 5: "Version 1.0",
                         6: f"{compact}-{style}"}.items():
        font["name"].setName(text, number, 3, 1, 0x409)
    font["name"].names = [it for it in font["name"].names if it.platformID == 3 and it.langID == 0x409]


main(*sys.argv[1:6])
