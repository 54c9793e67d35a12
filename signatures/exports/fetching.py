"""What a document may load while it is set: nothing."""

from typing import Any

from weasyprint.urls import URLFetcher


class NothingFetched(ValueError):
    """A document asked for something outside itself."""


class SealedFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
    """Refuses every address: letters carry no pictures, and fonts come from the system.

    A subclass because WeasyPrint 70 breaks on a plain function that raises.
    """

    def __init__(self) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
        raise NothingFetched("Documents load nothing from outside.")
