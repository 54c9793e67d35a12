"""How readers find their way: tree of pages, bookmarks, labels (ISO 32000-1, 7.7.3, 12.3, 12.4)."""

import pydyf

from signatures.exports.press.front import Bookmark
from signatures.exports.press.writing import File

_BRANCH = 128  # pages in one node of the tree
_LANDMARKS = 100  # bookmarks into a list without groups, at most
_FEW = 20  # pages through which nobody needs landmarks, and bookmarks shown at first


class Pages:
    """The pages of the list: branches of the tree, written as they fill."""

    def __init__(self, file: File, root: bytes, shared: bytes) -> None:
        """`root` refers to the tree, `shared` is what every page has in common."""
        self.branches: list[bytes] = []
        self._file, self._root, self._shared = file, root, shared
        self._branch = 0
        self._kids: list[int] = []

    def add(self, number: int, body: bytes) -> None:
        """Write a page; `body` is what its dictionary says besides its parent."""
        if not self._kids:
            self._branch = self._file.number()
        self._file.pack(number, b"<</Type/Page/Parent %d 0 R%b>>" % (self._branch, body))
        self._kids.append(number)
        if len(self._kids) == _BRANCH:
            self.finish()

    def finish(self) -> None:
        if not self._kids:
            return
        kids = b" ".join([b"%d 0 R" % kid for kid in self._kids])
        body = b"<</Type/Pages/Parent %b/Count %d%b/Kids[%b]>>"
        given = (self._root, len(self._kids), self._shared, kids)
        self._file.pack(self._branch, body % given)
        self.branches.append(b"%d 0 R" % self._branch)
        self._kids.clear()


def landmarks(pages: int, *, first: int, top: float, words: str, total: int) -> list[Bookmark]:
    """Every so many pages of a long list without groups, called as the foot of the page says it."""
    if pages <= _FEW:
        return []
    step = max(_FEW // 2, -(-pages // _LANDMARKS))
    return [
        (words.format(page=page + 1, total=total), page, top, [])
        for page in range(first, first + pages, step)
    ]


def outline(file: File, tree: list[Bookmark], pages: "PageNumbers") -> int:
    """Write the bookmarks and return the number of their root; long branches are closed."""
    root = file.number()
    first, last = _branch(file, tree, root, pages)
    body = b"<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>" % (first, last, _shown(tree))
    file.pack(root, body)
    return root


class PageNumbers:
    """The object number of each page, by its index: few are known one by one."""

    def __init__(self, front: list[int], listed: list[int], back: list[int]) -> None:
        self._front, self._listed, self._back = front, listed, back

    def __getitem__(self, index: int) -> int:
        if index < len(self._front):
            return self._front[index]
        index -= len(self._front)
        if index < len(self._listed):
            return self._listed[index]
        return self._back[index - len(self._listed)]


def labels(cover: str) -> bytes:
    """The cover bears no number and is called `cover`; the others are called what they print."""
    name = pydyf.String(cover).data
    return b"<</Nums[0<</P %b>>1<</S/D/St 2>>]>>" % name


def _is_open(below: list[Bookmark]) -> bool:
    return len(below) <= _FEW


def _shown(tree: list[Bookmark]) -> int:
    """How many are seen once `tree` is open."""
    return sum(1 + (_shown(below) if _is_open(below) else 0) for _, _, _, below in tree)


def _branch(file: File, tree: list[Bookmark], parent: int, pages: PageNumbers) -> tuple[int, int]:
    first = file.number(len(tree))
    last = first + len(tree) - 1
    for number, (label, page, y, below) in enumerate(tree, start=first):
        parts = [
            b"/Title %b/Parent %d 0 R" % (pydyf.String(label).data, parent),
            b"/Dest[%d 0 R/XYZ 0 %.2f 0]" % (pages[page], y),
        ]
        if number > first:
            parts.append(b"/Prev %d 0 R" % (number - 1))
        if number < last:
            parts.append(b"/Next %d 0 R" % (number + 1))
        if below:
            count = _shown(below) if _is_open(below) else -_shown(below)
            ends = _branch(file, below, number, pages)
            parts.append(b"/First %d 0 R/Last %d 0 R/Count %d" % (*ends, count))
        file.pack(number, b"<<%b>>" % b"".join(parts))
    return first, last
