"""What the checking page is given (a log's files, receipts, a document) and what it says of them.

The browser asks `letters.example.org`, and is answered from memory.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Locator, Route

from signatures.exports import certificate, pades
from signatures.exports.ends import Ends
from signatures.exports.press import archive
from signatures.exports.press.archive import Attachment
from signatures.exports.press.writing import File
from signatures.log import commitment, merkle, receipt
from signatures.log.commitment import Signer
from signatures.log.leaf import Kind
from signatures.log.proof import Proof
from tests import certificates
from tests.chromium import Visitor
from tests.logbook import POLICY, Book, checkpoint, letter_id, story, tiles_of

SITE = "https://letters.example.org"
PAGE, LOG = f"{SITE}/verify/", f"{SITE}/log/"
A = letter_id("a")
INDEX, SEED = 3, sha256(b"seed").digest()  # an entry of letter a that nothing cancels
GONE = 2  # the one that is withdrawn
JOAN = Signer("Joan", "joan@example.org", 1, sha256(b"mailbox").digest(), b'{"place":"Celle"}')
PARTS = [
    commitment.field_commitment(commitment.salt(SEED, field), field, A, value)
    for field, value in enumerate(JOAN.values())
]
POLICY_TEXT = POLICY.text
WITNESSES = "".join(
    f"{line} https://{line.split()[1]}.example/\n" if line.startswith("witness") else f"{line}\n"
    for line in POLICY_TEXT.splitlines()[1:]
)


@dataclass(frozen=True)
class Tree:
    """Entries and all that is made of them."""

    entries: Sequence[bytes]

    @property
    def merkle(self) -> merkle.Tree:
        return merkle.Tree(map(merkle.leaf_hash, self.entries))

    @property
    def checkpoint(self) -> bytes:
        return checkpoint(len(self.entries), self.merkle.root())

    def proof(self, index: int, extra: bytes | None = None) -> bytes:
        """The proof of an entry, which is its extra line unless another is given."""
        tree = self.merkle
        hashes = merkle.inclusion(index, tree.size, tree.node)
        return bytes(Proof(index, tuple(hashes), self.checkpoint, extra or self.entries[index]))

    def receipt(self, index: int = INDEX, *, parts: Sequence[bytes] = PARTS) -> bytes:
        tree = self.merkle
        return receipt.make(
            index=index,
            hashes=merkle.inclusion(index, tree.size, tree.node),
            checkpoint=self.checkpoint,
            entry=self.entries[index],
            seed=SEED,
            parts=parts,
        )

    def files(self) -> dict[str, bytes]:
        return {
            "checkpoint": self.checkpoint,
            **{tile.path: data for tile, data in tiles_of(list(self.entries)).items()},
        }


def told(book: Book | None = None) -> Tree:
    """The story's log, in which one of two entries is Joan's."""
    book = book or story()
    commit = commitment.commitment(SEED, A, JOAN.values())
    for index in (GONE, INDEX):
        if book.entries[index].kind is Kind.SIGNED and book.entries[index].letter == A:
            book.entries[index] = replace(book.entries[index], commit=commit)
    return Tree(book.raw)


def document(attached: Mapping[str, bytes], folder: Path, *, signed: bool = True) -> bytes:
    """A PDF of one page as the press writes it, with these files inside."""
    path = folder / "document.pdf"
    with path.open("wb") as out:
        file = File(out)
        catalog, pages, first, info = range(file.number(4), 5)
        names = b""
        for name, data in sorted(attached.items()):
            inside = Attachment(io.BytesIO(data), name, "text/plain", "What the log says")
            modified = b"(D:20261120091400Z)"
            number, said = archive.attach(file, inside, modified=modified, folder=folder)
            names += b"%b %d 0 R " % (said, number)
        root = b"<</Type/Catalog/Pages %d 0 R/Names<</EmbeddedFiles<</Names[%b]>>>>>>" % (
            pages,
            names.strip(),
        )
        body = b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]/Resources<<>>>>" % pages
        file.plain(catalog, root)
        file.plain(first, body)
        file.pack(pages, b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % first)
        file.pack(info, b"<</Title(A letter \\(the \\\\first\\))>>")
        end = file.close(root=catalog, info=info)
    if signed:
        ends = Ends(
            next_number=end.next_number,
            startxref=end.startxref,
            catalog=(catalog, root),
            first_page=(first, body),
            info=b"%d 0 R" % info,
            identifier=end.identifier,
        )
        key = certificates.key()
        own = certificate.Certificate(key, certificates.issued("letters.example.org", key), ())
        pades.sign(path, ends, own)
    return path.read_bytes()


@dataclass(frozen=True)
class Delivered:
    """A document, the log that names it afterwards, and the proof that it does."""

    pdf: bytes
    tree: Tree
    proof: bytes


def delivered() -> Delivered:
    """The story up to closing is printed; then the document's digest goes into the log."""
    book = story()
    closing = next(i for i, entry in enumerate(book.entries) if entry.kind is Kind.CLOSED)
    before = Tree(book.raw[: closing + 1])
    attached = {
        "checkpoint.txt": before.checkpoint,
        "totals.tlog-proof": before.proof(closing),
        "policy.txt": POLICY_TEXT.encode(),
    }
    with TemporaryDirectory() as folder:
        pdf = document(attached, Path(folder))
    index = closing + 1
    assert book.entries[index].kind is Kind.DELIVERED
    book.entries[index] = replace(book.entries[index], commit=sha256(pdf).digest())
    tree = Tree(book.raw)
    return Delivered(pdf, tree, tree.proof(index))


class Checker:
    """The page in a browser; `log` are the files its log answers with, none when it is silent."""

    def __init__(self, visitor: Visitor, headers: Mapping[str, str], body: bytes) -> None:
        self.visitor, self.page = visitor, visitor.page
        self.log: dict[str, bytes] = {}
        self.elsewhere: dict[str, bytes] = {}
        self.asked: list[str] = []
        self._answer: dict[str, Any] = {"headers": dict(headers), "body": body}
        visitor.context.route("**/*", self._serve)

    def _serve(self, route: Route) -> None:
        url = route.request.url.partition("#")[0]
        self.asked.append(url)
        if url.startswith("file:"):
            route.continue_()
        elif url == PAGE:
            route.fulfill(status=200, **self._answer)
        elif url in self.elsewhere:
            route.fulfill(status=200, body=self.elsewhere[url])
        elif not self.log:
            route.abort()
        elif url.startswith(LOG) and url.removeprefix(LOG) in self.log:
            headers = {"Access-Control-Allow-Origin": "*"}
            route.fulfill(status=200, headers=headers, body=self.log[url.removeprefix(LOG)])
        else:
            route.fulfill(status=404)

    def open(self, address: str = PAGE) -> "Checker":
        """As for the first time."""
        self.page.goto(address)
        self.page.locator("#check").wait_for(state="attached")
        return self

    @property
    def complaints(self) -> list[str]:
        return self.visitor.complaints

    def summary(self) -> list[dict[str, str]]:
        """Of each file: its verdict, the keys of the reasons, whether it is the holder's."""
        found: list[dict[str, str]] = self.page.locator(".finding").evaluate_all(
            "all => all.map(one => ({...one.dataset}))"
        )
        return found

    def holder(self, address: str = "", name: str = "") -> None:
        self.page.locator("#address").fill(address)
        self.page.locator("#name").fill(name)

    def believe(self, text: str) -> None:
        """Give these keys or this policy, where such can be given."""
        self.page.locator("#given").fill(text)
        self.page.locator("#use-given").click()

    def give(self, **files: bytes) -> list[Locator]:
        """Choose these files, and wait for what is said of each."""
        given = [
            {"name": name, "mimeType": "application/octet-stream", "buffer": data}
            for name, data in files.items()
        ]
        return self.after(lambda: self.page.locator("#files").set_input_files(given))

    def again(self) -> list[Locator]:
        return self.after(self.page.get_by_role("button", name="Check", exact=True).click)

    def after(self, act: Any) -> list[Locator]:
        results = self.page.locator("#results")
        before = results.get_attribute("data-done") or "0"
        act()
        self.page.wait_for_function(
            "before => +document.getElementById('results').dataset.done > +before", arg=before
        )
        return results.locator(".finding").all()


def verdict(finding: Locator) -> str:
    return finding.get_attribute("data-verdict") or ""


def reasons(finding: Locator) -> set[str]:
    return set((finding.get_attribute("data-reasons") or "").split())
