"""What was made lately, so that it needn't be made again: bounded, and cheap to ask."""

from typing import Generic, TypeVar

Made = TypeVar("Made")


class Recent(Generic[Made]):
    """Keeps the last `room` things asked for, and up to as many before them."""

    __slots__ = ("_new", "_old", "_room")

    def __init__(self, room: int) -> None:
        self._room = room
        self._new: dict[object, Made] = {}
        self._old: dict[object, Made] = {}

    def get(self, key: object) -> Made | None:
        made = self._new.get(key)
        if made is None:
            made = self._old.get(key)
            if made is not None:
                self.put(key, made)
        return made

    def put(self, key: object, made: Made) -> None:
        if len(self._new) >= self._room:
            self._old, self._new = self._new, {}
        self._new[key] = made
