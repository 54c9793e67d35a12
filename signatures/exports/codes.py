"""A QR code as one path, drawn by whatever draws the page (ISO/IEC 18004)."""

from dataclasses import dataclass
from itertools import groupby

import qrcode


@dataclass(frozen=True, slots=True)
class Code:
    """`path` is the `d` of an SVG path; `side` its height and width in modules, quiet zone in."""

    path: str
    side: int


_QUIET = 4  # modules of white around, as the standard asks


def code(text: str) -> Code:
    """`text` with enough redundancy for a folded, photocopied sheet (level M)."""
    drawn = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=_QUIET)
    drawn.add_data(text)
    drawn.make(fit=True)
    matrix = drawn.get_matrix()
    runs = []
    for y, line in enumerate(matrix):
        x = 0
        for dark, group in groupby(line):
            wide = len(list(group))
            if dark:
                runs.append(f"M{x} {y}h{wide}v1h-{wide}z")
            x += wide
    return Code("".join(runs), len(matrix))
