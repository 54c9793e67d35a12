"""The one kind of answer to whatever does not hold: each module of this drawer names its own."""


class Rejected(ValueError):
    """Read and found wanting; `reason` is one line that quotes nothing read, so safe to show."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
