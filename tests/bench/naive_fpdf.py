"""What one would write with fpdf2: `python -m tests.bench.naive_fpdf people.jsonl 10000 out.pdf`.

Its cells find their letters in the first font that has them. They are not shaped: Arabic is not
joined and Indic scripts come apart, which is left so because shaping makes it many times slower.
"""

import json
import logging
import sys
from itertools import islice
from pathlib import Path

from fpdf import FPDF

_NOTO = Path("/usr/share/fonts/truetype/noto")
_CJK = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
_SCRIPTS = (
    *("Arabic", "Hebrew", "Devanagari", "Bengali", "Tamil", "Thai", "Georgian", "Armenian"),
    *("Ethiopic", "Gujarati", "Gurmukhi", "Kannada", "Khmer", "Lao", "Malayalam", "Myanmar"),
    *("Sinhala", "Telugu", "Cherokee"),
)
_WIDTHS = (14, 60, 62, 30)  # millimetres


def main(people: str, count: str, to: str) -> None:
    logging.disable()  # a line for every letter no font has
    pdf = FPDF(format="A4")
    pdf.add_font("sans", fname=_NOTO / "NotoSans-Regular.ttf")
    others = [_NOTO / f"NotoSans{script}-Regular.ttf" for script in _SCRIPTS] + [_CJK]
    names = []
    for path in others:
        if path.exists():
            pdf.add_font(path.stem, fname=path)
            names.append(path.stem)
    pdf.set_fallback_fonts(names, exact_match=False)
    pdf.add_page()
    pdf.set_font("sans", size=9)
    with Path(people).open(encoding="utf8") as file:
        for number, line in enumerate(islice(file, int(count)), start=1):
            name, affiliation, place = json.loads(line)
            cells = (str(number), name, f"{affiliation}, {place}", "24 Jul 2026")
            for width, text in zip(_WIDTHS, cells, strict=True):
                pdf.cell(width, 5.5, text)
            pdf.ln(5.5)
    pdf.output(to)


if __name__ == "__main__":
    main(*sys.argv[1:])
