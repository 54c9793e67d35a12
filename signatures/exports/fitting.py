"""How much room words take, estimated by counting letters: what is set has a place it must fit."""

import unicodedata

# Up to how many letters a title is set how large, and how many of them a line of it holds.
_SIZES = ((48, "huge", 23), (90, "large", 30), (170, "medium", 38), (320, "small", 50))
_LEAST = ("least", 66)


def width(text: str) -> float:
    """In small letters: those of East Asia take the room of two, capitals of one and a third."""
    return sum(
        2 if unicodedata.east_asian_width(letter) in "WF" else 1.33 if letter.isupper() else 1
        for letter in text
    )


def title(text: str) -> tuple[str, list[str]]:
    """How large a title is set, and its lines, about as long as each other.

    Large for a line or two, smaller the longer it is: it always stays on the cover. Where words
    aren't parted by spaces, its lines are left to the press.
    """
    wide = width(text)
    found = ((size, a_line) for limit, size, a_line in _SIZES if wide <= limit)
    size, a_line = next(found, _LEAST)
    fewest = len(broken(text, a_line))
    narrow = next(wide for wide in range(1, a_line + 1) if len(broken(text, wide)) <= fewest)
    return size, broken(text, narrow)


def broken(text: str, wide: int) -> list[str]:
    """Lines of at most `wide` letters, but for words that are longer."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width(longer) > wide:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def excerpt(text: str, limit: int) -> str:
    """The beginning of `text` in whole words, about `limit` letters wide."""
    if width(text) <= limit:
        return " ".join(text.split())
    lines = broken(text, limit)
    return f"{lines[0]} …" if width(lines[0]) <= limit else f"{text[: limit // 2]}…"
