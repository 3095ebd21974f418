"""The form version: one hash for one meaning, another for any other."""

import json
import unicodedata

import pytest

from survey_forms import (
    InvalidForm,
    definition,
    definition_text,
    fingerprint,
    from_document,
    load,
    to_document,
)

QUICK = definition_text("quick")


def test_layout_comments_and_key_order_do_not_change_the_version() -> None:
    other = "# lời ghi chú\n" + QUICK.replace(
        'code = "q_comment"\nkind = "text"', 'kind   =   "text"\n\ncode = "q_comment"'
    )
    assert other != QUICK
    assert fingerprint(load(other, "f")) == fingerprint(definition("quick"))


def test_decomposed_vietnamese_letters_are_the_same_words() -> None:
    decomposed = unicodedata.normalize("NFD", QUICK)
    assert decomposed != QUICK
    assert fingerprint(load(decomposed, "f")) == fingerprint(definition("quick"))


def _leaves(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    if isinstance(value, dict):
        return [leaf for key in value for leaf in _leaves(value[key], (*path, key))]
    if isinstance(value, list):
        return [leaf for index, row in enumerate(value) for leaf in _leaves(row, (*path, index))]
    return [path]


def test_every_text_changes_the_version() -> None:
    document = to_document(definition("one_stop"))
    texts = [path for path in _leaves(document) if path[-1] in ("vi", "en")]
    versions = {fingerprint(definition("one_stop"))}
    for path in texts:
        changed = json.loads(json.dumps(document))
        place = changed
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] += "."
        versions.add(fingerprint(from_document(changed)))
    assert len(texts) > 100
    assert len(versions) == len(texts) + 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("required = true", "required = false"),
        ("max_length = 500", "max_length = 501"),
        ("value = 3", "value = 2"),
        ("satisfied_levels = [4, 5]", "satisfied_levels = [5]"),
        ('modes = ["kiosk", ', "modes = ["),
    ],
)
def test_every_rule_changes_the_version(old: str, new: str) -> None:
    assert fingerprint(load(QUICK.replace(old, new, 1), "f")) != fingerprint(definition("quick"))


def test_a_published_document_survives_json() -> None:
    form = definition("sipas_39")
    assert from_document(json.loads(json.dumps(to_document(form)))) == form


def test_a_damaged_document_is_refused() -> None:
    document = to_document(definition("quick"))
    del document["items"][0]["text"]["en"]
    with pytest.raises(InvalidForm, match=r"items\[1\]\.text: The text is missing in language en"):
        from_document(document)


def test_a_form_cannot_be_changed_in_place() -> None:
    form = definition("quick")
    with pytest.raises(AttributeError):
        form.code = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        form.title["vi"] = "khác"  # type: ignore[index]
    assert hash(form) == hash(load(QUICK, "f"))
