"""Nothing is sealed that a rotation of keys would forget."""

import ast
from collections.abc import Iterator

import pytest

from campaigns import sealed
from tests.architecture.rules import APPS, Source, sources
from tests.processes import ROOT
from worker import outbox
from worker.datamap import Kind


def _named(source: Source) -> dict[str, str]:
    """The module's own constants."""
    return {
        node.targets[0].id: node.value.value
        for node in source.tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def used() -> Iterator[tuple[str, str]]:
    """Every place that something is sealed for, with the file that says so."""
    for source in sources(ROOT):
        if str(source.path) in {"campaigns/sealing.py", "campaigns/sealed.py"}:
            continue  # those who seal for whoever asks
        for call in source.nodes(ast.Call):
            assert isinstance(call, ast.Call)
            if ast.unparse(call.func) not in {"sealing.seal", "seal"}:
                continue
            place = next((word.value for word in call.keywords if word.arg == "place"), None)
            if isinstance(place, ast.Constant):
                yield str(place.value), str(source.path)
            elif isinstance(place, ast.Name) and place.id == "topic":  # as the outbox's column says
                yield from ((topic, str(source.path)) for topic in outbox.topics())
            elif isinstance(place, ast.Name):
                yield _named(source)[place.id], str(source.path)
            elif place is not None:
                pytest.fail(f"{source.path}: {ast.unparse(call)} names no place of its own")


def resealed() -> set[str]:
    """Every place that rotating keys goes through, or that is kept nowhere."""
    found = set()
    for place in sealed.places():
        if isinstance(place, sealed.Column):
            found |= {place.seal.place} if place.seal.place else outbox.topics()
        else:
            found.add(place.name)
    return found


def test_whatever_is_sealed_is_sealed_again_when_keys_rotate() -> None:
    places = dict(used())
    assert {"signature.email", "account.mail", "letter.key", "client.day"} <= set(places)
    assert {place: file for place, file in places.items() if place not in resealed()} == {}


def test_no_place_is_gone_through_that_nothing_is_sealed_for() -> None:
    columns = [place for place in sealed.places() if isinstance(place, sealed.Column)]
    named = {place.seal.place for place in columns if place.seal.place}
    assert named - {place for place, _ in used()} == set()


def test_every_column_the_data_map_calls_sealed_says_how() -> None:
    other = {"mfa.Authenticator.data", "signatures.Signature.seed_sealed"}  # own ways
    silent = {
        f"{label}.{column}"
        for label, entries in sealed.data_maps().items()
        for entry in entries
        if entry.kind == Kind.SEALED and entry.seal is None
        for column in entry.names
    }
    assert silent == other
    assert "signatures" in APPS
