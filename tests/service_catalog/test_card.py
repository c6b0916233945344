"""docs/manual-format.md is the whole format: a key or word the loader knows and the card lacks is found here."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from marshmallow import Schema, fields

from service_catalog import conditions, loader, schema

CARD = (Path(__file__).parents[2] / "docs" / "manual-format.md").read_text("utf-8")


def keys_of(shape: Schema) -> Iterator[str]:
    """Yield every key a manual may use, as it is written in the file."""
    for name, field in shape.fields.items():
        yield field.data_key or name
        inner = field.inner if isinstance(field, fields.List) else field
        inner = inner.value_field if isinstance(inner, fields.Dict) and inner.value_field else inner
        if isinstance(inner, fields.Nested):
            yield from keys_of(inner.schema)


WORDS = {
    *keys_of(schema.ManualSchema()),
    *keys_of(schema.LimitSchema()),
    *keys_of(schema.NoExtensionSchema()),
    *loader.LIMITS,
    *conditions.TESTS,
    *schema.FIELD_TYPES,
    *schema.ATTRIBUTES,
    *schema.KINDS,
    *schema.LIFECYCLE,
    *schema.PROCEDURES,
    *schema.STAGES,
    *schema.OUTCOMES,
    *schema.ON_FAIL,
    *schema.APPROVERS,
    *schema.APPLICANT_TYPES,
}


@pytest.mark.parametrize("word", sorted(WORDS))
def test_the_card_names_every_word_of_the_format(word: str) -> None:
    assert word in CARD
