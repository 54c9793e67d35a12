"""What must be installed before a PDF can be made: Pango, and a font for every script."""

import warnings
from typing import Final

# A family of each Debian package the documents are set in; `apt install` of the package brings it.
NEEDED: Final = {
    "Noto Sans": "fonts-noto-core",
    "Noto Serif": "fonts-noto-core",
    "Noto Sans Arabic": "fonts-noto-core",
    "Noto Sans Hebrew": "fonts-noto-core",
    "Noto Sans Devanagari": "fonts-noto-core",
    "Noto Sans Thai": "fonts-noto-core",
    "Noto Sans CJK SC": "fonts-noto-cjk",
    "Noto Serif CJK SC": "fonts-noto-cjk",
    "Noto Color Emoji": "fonts-noto-color-emoji",
    "DejaVu Sans": "fonts-dejavu-core",
}


def missing() -> list[str]:
    """One sentence for each thing that isn't there; an empty list means every script prints.

    WeasyPrint kills its process when there is no font at all, so ask before using it.
    """
    try:
        there = _families()
    except OSError:
        packages = "libpangoft2-1.0-0, libpangocairo-1.0-0, libharfbuzz-subset0"
        return [f"Pango is missing: install {packages}."]
    if not there:
        return ["No font is installed: install fonts-noto-core, fonts-noto-cjk, fonts-dejavu-core."]
    return [
        f"The font {family} is missing: install {package}."
        for family, package in NEEDED.items()
        if family not in there
    ]


def _families() -> set[str]:
    """Every family name fontconfig knows. Raises OSError without Pango and its companions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of what we are about to say
        from weasyprint.text.ffi import ffi, fontconfig

    config = fontconfig.FcInitLoadConfigAndFonts()
    names: set[str] = set()
    try:
        fonts = fontconfig.FcConfigGetFonts(config, fontconfig.FcSetSystem)
        name = ffi.new("FcChar8 **")
        for i in range(fonts.nfont):
            n = 0
            while fontconfig.FcPatternGetString(fonts.fonts[i], b"family", n, name) == 0:
                names.add(ffi.string(name[0]).decode(errors="replace"))
                n += 1
    finally:
        fontconfig.FcConfigDestroy(config)
    return names
