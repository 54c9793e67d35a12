"""Where sealed values are kept, each place with a way to seal them again under the newest key.

Columns are found in the data maps. What is kept otherwise (files, parts of a column of somebody
else's table) stands in an app's `sealed.py` as `PLACES`.
"""

import base64
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db.models import BinaryField, Count, F, Func, QuerySet, Value

from campaigns import sealing
from worker.datamap import DataMap, Kind, Seal

SLICE = 500  # values read at once
MFA = "mfa.secret"


class Place(Protocol):
    """Sealed values of one kind, wherever they are kept."""

    @property
    def name(self) -> str: ...

    def keys(self) -> Counter[int]:
        """How many values each key has sealed."""

    def reseal(self) -> Iterator[int]:
        """Seal what is stale again, a slice at a time: how many it was. May stop at any moment,
        and whoever writes meanwhile is never overwritten."""


@dataclass(frozen=True)
class Column:
    """A sealed column of ours."""

    label: str  # of its model
    column: str
    seal: Seal

    @property
    def name(self) -> str:
        return f"{self.label.lower()}.{self.column}"

    def keys(self) -> Counter[int]:
        counted = self._rows().values("key_id").annotate(values=Count("pk"))
        return Counter({int.from_bytes(row["key_id"]): row["values"] for row in counted})

    def reseal(self) -> Iterator[int]:
        last: Any = None
        while True:
            rows = self._stale() if last is None else self._stale().filter(pk__gt=last)
            place = Value(self.seal.place) if self.seal.place else F(self.seal.place_from)
            wanted = rows.annotate(place_of=place).order_by("pk")
            slice_ = list(wanted.values_list("pk", self.column, self.seal.row, "place_of")[:SLICE])
            if not slice_:
                return
            yield sum(self._put(*row) for row in slice_)
            last = slice_[-1][0]

    def _put(self, pk: Any, blob: bytes, row: Any, place: str) -> bool:
        """One statement of its own: it waits for one row at most and holds none, and does nothing
        where somebody has written or erased the value since it was read."""
        try:
            new = sealing.again(blob, place=place, row=_bytes(row))
        except sealing.Unsealable:
            return False  # counted afterwards, and named
        same = self._all().filter(**{"pk": pk, self.column: blob})
        return bool(same.update(**{self.column: new}))

    def _stale(self) -> QuerySet[Any]:
        return self._rows().exclude(key_id=bytes((sealing.newest(),)))

    def _rows(self) -> QuerySet[Any]:
        """With `key_id`, the second byte of each value."""
        second = Func(self.column, 2, 1, function="SUBSTR", output_field=BinaryField())
        rows = self._all().filter(**{f"{self.column}__isnull": False})
        found: QuerySet[Any] = rows.annotate(key_id=second).order_by()
        return found

    def _all(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = apps.get_model(self.label).objects.all()
        return rows


@dataclass(frozen=True)
class Secrets:
    """What organisers' second proofs keep sealed inside their JSON: seeds of apps and codes."""

    name: str = MFA

    def keys(self) -> Counter[int]:
        return Counter(key for _, data in self._rows() for key in _keys_of(data))

    def reseal(self) -> Iterator[int]:
        for pk, data in self._rows():
            if set(_keys_of(data)) <= {sealing.newest()}:
                continue
            with suppress(sealing.Unsealable):  # counted afterwards, and named
                same = Authenticator.objects.filter(pk=pk, data=data)
                yield same.update(data=_replaced(data))

    def _rows(self) -> Iterator[tuple[int, Any]]:
        rows = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).order_by("pk")
        yield from rows.values_list("pk", "data").iterator(chunk_size=SLICE)


@dataclass(frozen=True)
class Passing:
    """Sealed values that are kept nowhere here: they live in addresses, for a while."""

    name: str

    def keys(self) -> Counter[int]:
        return Counter()

    def reseal(self) -> Iterator[int]:
        yield from ()


PLACES: tuple[Place, ...] = (Secrets(),)


def places() -> list[Place]:
    """All of them, in an order that stays."""
    found: list[Place] = []
    for app in apps.get_app_configs():
        for label, entries in _of(app.name, "datamap", "DATA_MAP", {}).items():
            for entry in entries:
                if entry.kind == Kind.SEALED and entry.seal is not None:
                    found += [Column(label, column, entry.seal) for column in entry.names]
        found += _of(app.name, "sealed", "PLACES", ())
    return found


def data_maps() -> DataMap:
    """What every app says of what it keeps."""
    merged: dict[str, Any] = {}
    for app in apps.get_app_configs():
        merged |= _of(app.name, "datamap", "DATA_MAP", {})
    return merged


def _of(app: str, module: str, name: str, otherwise: Any) -> Any:
    """What an app says in a module of this name, if it has one."""
    if find_spec(f"{app}.{module}") is None:
        return otherwise
    return getattr(import_module(f"{app}.{module}"), name)


def _bytes(row: Any) -> bytes:
    """What a value is bound to, as `sealing.seal` was given it."""
    if isinstance(row, UUID):
        return row.bytes
    if isinstance(row, date):
        return row.isoformat().encode()
    raise TypeError(type(row).__name__)


def _sealed_in(data: dict[str, Any]) -> list[str]:
    """The sealed texts in the JSON of allauth's authenticators (not of passkeys)."""
    found = [data[name] for name in ("secret", "seed") if name in data]
    return [*found, *data.get("migrated_codes", [])]


def _keys_of(data: dict[str, Any]) -> Iterator[int]:
    for text in _sealed_in(data):
        with suppress(sealing.Unsealable):  # from before they were sealed
            yield sealing.key_id_of(base64.b64decode(text))


def _replaced(data: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(data)
    for old in _sealed_in(data):
        new = sealing.again(base64.b64decode(old), place=MFA, row=b"")
        text = text.replace(json.dumps(old), json.dumps(base64.b64encode(new).decode()))
    replaced: dict[str, Any] = json.loads(text)
    return replaced
