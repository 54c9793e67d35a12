"""Pieces of a page as shapers hand them on: drawn, measured, but not yet in their place."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from signatures.exports.press.glyphs import Picture
from signatures.exports.press.shaping import Line, Shaper

# A tag, the number of its marked content counted from 0 in the block, its parts, and its text in
# true order where readers of the content alone would get another one.
Tag = tuple[str, int | None, tuple["Tag", ...], str]


@dataclass(frozen=True, slots=True)
class Block:
    """`body` stands `%d` where each marked content is numbered; it hangs down from y = 0."""

    kind: str  # "r" a row, "g" a heading of a group, "h" the heads of columns, "o" the opening
    height: float
    body: str
    marks: int
    tags: tuple[Tag, ...]
    label: str = ""  # of the bookmark

    def packed(self) -> tuple[object, ...]:
        return (self.kind, self.height, self.body, self.marks, self.tags, self.label)


@dataclass(slots=True)
class Drawing:
    """A block in the making."""

    shaper: Shaper
    text: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    marks: int = 0
    colour: str = ""

    def mark(self, tag: str) -> int:
        """Begin a marked content; its number."""
        self.text.append(f"/{tag}<</MCID %d>>BDC ")
        self.marks += 1
        return self.marks - 1

    def artifact(self) -> None:
        self.text.append("/Artifact BMC ")

    def end(self) -> None:
        self.text.append("EMC\n")

    def show(self, kind: str, line: Line, x: float, y: float) -> None:
        colour = self.shaper.setting(kind).colour
        if colour != self.colour:
            self.text.append(colour)
            self.colour = colour
        self.text.append(f"1 0 0 1 {x:.2f} {y:.2f} Tm {line.show}")
        self.pictures += [placed(picture, x, y) for picture in line.pictures]

    def block(self, kind: str, height: float, tags: Iterable[Tag], label: str = "") -> Block:
        return Block(kind, height, self.body(), self.marks, tuple(tags), label)

    def body(self) -> str:
        text = "".join(self.text)
        if self.pictures:
            return f"BT {text}ET\n/Artifact BMC {''.join(self.pictures)}EMC\n"
        return f"BT {text}ET\n"


def placed(picture: Picture, x: float, y: float) -> str:
    """The operators that draw an emoji whose line starts at `x` on the baseline `y`."""
    return (
        f"q {picture.width:.2f} 0 0 {picture.height:.2f} {x + picture.x:.2f} {y + picture.y:.2f}"
        f" cm /{picture.name} Do Q "
    )
