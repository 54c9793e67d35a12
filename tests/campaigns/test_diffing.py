"""Readers see what changed between two revisions, word by word."""

import random
from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import diffing
from campaigns.diffing import Kind


def shown(old: diffing.Value, new: diffing.Value) -> list[str]:
    marks = {Kind.KEPT: "{}", Kind.REMOVED: "[-{}]", Kind.ADDED: "[+{}]"}
    return [
        "".join(marks[part.kind].format(part.text) for part in paragraph.segments)
        for change in diffing.changes({"body": old}, {"body": new})
        for paragraph in change.paragraphs
    ]


def test_equal_revisions_have_no_changes():
    assert diffing.changes({"title": "a", "targets": ["b"]}, {"title": "a", "targets": ["b"]}) == []


def test_only_fields_that_differ_are_named_in_order():
    old = {"title": "a", "body": "b", "sender": "c", "gone": "x"}
    new = {"title": "A", "body": "b", "sender": "C", "closes": "May"}
    assert [change.field for change in diffing.changes(old, new)] == [
        "title",
        "sender",
        "closes",
        "gone",
    ]


def test_a_changed_word_is_marked_and_the_rest_stands():
    assert shown("Give the Aller water", "Give the Elbe water") == [
        "Give the [-Aller ][+Elbe ]water"
    ]


def test_a_new_paragraph_does_not_make_its_neighbours_new():
    old = "Dear Minister,\n\nForty years ago children swam here."
    new = "Dear Minister,\n\nWe write again.\n\nThirty years ago children swam here."
    assert shown(old, new) == [
        "Dear Minister,",
        "[+We write again.]",
        "[-Forty ][+Thirty ]years ago children swam here.",
    ]


def test_a_rewritten_paragraph_is_shown_whole():
    assert shown("We ask for a study.", "Goodbye and thanks!") == [
        "[-We ask for a study.]",
        "[+Goodbye and thanks!]",
    ]


def test_targets_are_compared_line_by_line():
    assert shown(["Marta", "Otto"], ["Otto", "Zoë"]) == ["[-Marta]", "Otto", "[+Zoë]"]


def test_scripts_without_spaces_are_compared_by_character():
    assert shown("我们要求立即停止取水", "我们要求今天停止取水") == [
        "我们要求[-立即][+今天]停止取水"
    ]


def test_one_word_replaced_in_every_paragraph_is_found_in_every_paragraph():
    old = "\n\n".join(f"In year {n} the Aller ran dry at mile {n}." for n in range(200))
    parts = shown(old, old.replace("Aller", "Elbe"))
    assert len(parts) == 200
    assert all("the [-Aller ][+Elbe ]ran dry" in part for part in parts)


def test_a_change_of_spacing_alone_keeps_every_word():
    [change] = diffing.changes({"body": "a  b\n\nc"}, {"body": "a b\n\nc"})
    assert all(paragraph.kind is Kind.KEPT for paragraph in change.paragraphs)


words = st.lists(
    st.sampled_from(["a", "b", "water ", "weir.", " ", "\n\n", "水", "é"]), max_size=60
)


@given(words, words)
def test_the_old_and_the_new_text_can_both_be_read_from_the_diff(old_words, new_words):
    old, new = "".join(old_words), "".join(new_words)
    segments = [
        segment
        for change in diffing.changes({"body": old}, {"body": new})
        for paragraph in change.paragraphs
        for segment in paragraph.segments
    ]
    if segments:
        before = "".join(s.text for s in segments if s.kind is not Kind.ADDED)
        after = "".join(s.text for s in segments if s.kind is not Kind.REMOVED)
        assert "".join(before.split()) == "".join(old.split())
        assert "".join(after.split()) == "".join(new.split())


def prose(vocabulary: str, length: int, paragraph: int, seed: int) -> str:
    chance = random.Random(seed)
    parts = (
        chance.choice(vocabulary) + ("\n\n" if chance.random() * paragraph < 1 else " ")
        for _ in range(length)
    )
    return "".join(parts)[:60_000]


@pytest.mark.parametrize("vocabulary", ["a", "ab", "abcdefgh"])
@pytest.mark.parametrize("paragraph", [1, 10, 80, 120, 300, 100_000])
def test_t40_the_worst_texts_cost_a_bounded_number_of_comparisons(
    vocabulary, paragraph, monkeypatch
):
    spent: list[int] = []

    class Counting(SequenceMatcher):
        a: str  # as difflib keeps them
        b2j: dict[str, list[int]]

        def find_longest_match(self, *bounds, **named):
            alo, ahi, _blo, _bhi = bounds
            spent.append(sum(len(self.b2j.get(self.a[i], ())) for i in range(alo, ahi)))
            return super().find_longest_match(*bounds, **named)

    monkeypatch.setattr(diffing, "SequenceMatcher", Counting)
    old, new = (prose(vocabulary, 30_000, paragraph, seed) for seed in (1, 2))
    diffing.changes({"body": old}, {"body": new})
    assert sum(spent) < 20_000_000
