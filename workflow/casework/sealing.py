"""Seal what is stored: rows from before sealing began, and every row after a new key. In lots, safe to run twice."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workflow.casework import contacts
from workflow.casework.office import Office
from workflow.store import keys, personal, sealed
from workflow.store.connect import Connection, Row
from workflow.store.personal import FIELD, key_of, kinds_in, sealed_in

LOT = 200
Kinds = Callable[[str, str], Mapping[str, str]]  # (item_code, version of the manual) -> field of the form -> kind
INDEX_LENGTH = 64


def _no_kinds(item_code: str, version: str) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Place:
    """Where sealed values are kept.

    lot: rows after an `id`, in its order.  texts: the texts of a row that ought to be sealed.  seal: writes the row anew.
    """

    lot: str
    first: Any
    texts: Callable[[Row, Kinds], Iterator[str]]
    seal: Callable[[Connection, Row, Kinds], None]
    of: str  # the table whose rows are held meanwhile


def reseal(office: Office, kinds_of: Kinds = _no_kinds) -> int:
    """Seal with the current key whatever is not; return how many rows that were."""
    return sum(_reseal(office, place, kinds_of) for place in PLACES)


def _reseal(office: Office, place: Place, kinds_of: Kinds) -> int:
    count, after = 0, place.first
    current = keys.held().ring(fresh=True).current
    while True:
        with office.work() as connection:
            rows = connection.exec_driver_sql(f"{place.lot} for update of {place.of}", {"after": after, "limit": LOT})
            for row in rows:
                if any(key_of(text) != current for text in place.texts(row, kinds_of)):
                    place.seal(connection, row, kinds_of)
                    count += 1
        if len(rows) < LOT:
            return count
        after = rows[-1].id


def count_sealed(office: Office, kinds_of: Kinds = _no_kinds) -> Counter[str]:
    """Return how many values each key seals; "" counts those that are not sealed yet."""
    found: Counter[str] = Counter()
    for place in PLACES:
        after = place.first
        while True:
            with office.look() as connection:
                rows = connection.exec_driver_sql(place.lot, {"after": after, "limit": LOT})
            found.update(key_of(text) for row in rows for text in place.texts(row, kinds_of))
            if len(rows) < LOT:
                break
            after = rows[-1].id
    return found


def _field_texts(stored: Mapping[str, Any], kinds: Mapping[str, str]) -> Iterator[str]:
    for key, value in stored.items():
        if sealed_in(value):
            yield value[FIELD]
        elif key in kinds and value is not None:
            yield str(value)


CASES = """
select c.id, c.case_no, c.applicant, c.form, c.salt, c.item_code, t.body ->> 'item_version' as item_version,
       coalesce(t.body -> 'special' -> 'personal', '{}') as personal
  from cases c join terms t on t.digest = c.terms_digest where c.id > %(after)s order by c.id limit %(limit)s"""


def _form_kinds(row: Row, kinds_of: Kinds) -> dict[str, str]:
    return {**kinds_of(row.item_code, row.item_version), **row.personal, **kinds_in(row.form)}


def _case_texts(row: Row, kinds_of: Kinds) -> Iterator[str]:
    yield from _field_texts(row.applicant, sealed.APPLICANT_KINDS)
    yield from _field_texts(row.form, _form_kinds(row, kinds_of))
    if row.salt:
        yield row.salt


def _seal_case(connection: Connection, row: Row, kinds_of: Kinds) -> None:
    applicant = sealed.open_applicant(row.applicant, row.case_no)
    form = sealed.open_form(row.form, row.case_no)
    connection.exec_driver_sql(
        "update cases set applicant = %(applicant)s::jsonb, form = %(form)s::jsonb, salt = %(salt)s,"
        " applicant_index = %(index)s where id = %(id)s",
        {
            "id": row.id,
            "applicant": json.dumps(sealed.seal_applicant(applicant, row.case_no), ensure_ascii=False),
            "form": json.dumps(sealed.seal_form(form, _form_kinds(row, kinds_of), row.case_no), ensure_ascii=False),
            "salt": sealed.seal_salt(sealed.open_salt(row.salt, row.case_no), row.case_no) if row.salt else None,
            "index": sealed.index_of(applicant),
        },
    )


PERMITS = "select id, permit_no, holder_id_no from permits where id > %(after)s order by id limit %(limit)s"


def _permit_texts(row: Row, _: Kinds) -> Iterator[str]:
    if row.holder_id_no:
        yield row.holder_id_no


def _seal_permit(connection: Connection, row: Row, _: Kinds) -> None:
    id_no = sealed.open_holder(row.holder_id_no, row.permit_no)
    connection.exec_driver_sql(
        "update permits set holder_id_no = %(id_no)s, holder_index = %(index)s where id = %(id)s",
        {
            "id": row.id,
            "id_no": sealed.seal_holder(id_no, row.permit_no),
            "index": sealed.index_of({"id_no": id_no}),
        },
    )


# Papers from before they were drawn as files have the number in their content, which is hashed with it.
DOCUMENTS = "select id, no, id_no from documents where id > %(after)s and id_no <> '' order by id limit %(limit)s"


def _document_texts(row: Row, _: Kinds) -> Iterator[str]:
    yield row.id_no


def _seal_document(connection: Connection, row: Row, _: Kinds) -> None:
    place = sealed.paper_place(row.no)
    connection.exec_driver_sql(
        "update documents set id_no = %(id_no)s where id = %(id)s",
        {"id": row.id, "id_no": personal.seal(personal.opened(row.id_no, place), place)},
    )


ANSWERS = """
select person_id || ' ' || key as id, person_id, key, answer from idempotency
 where person_id || ' ' || key > %(after)s order by person_id || ' ' || key limit %(limit)s"""


def _answer_texts(row: Row, _: Kinds) -> Iterator[str]:
    yield from _field_texts(row.answer.get("applicant", {}), sealed.APPLICANT_KINDS)


def _seal_answer(connection: Connection, row: Row, _: Kinds) -> None:
    case_no = row.answer["case_no"]
    applicant = sealed.seal_applicant(sealed.open_applicant(row.answer["applicant"], case_no), case_no)
    connection.exec_driver_sql(
        "update idempotency set answer = %(answer)s::jsonb where person_id = %(person)s and key = %(key)s",
        {
            "person": row.person_id,
            "key": row.key,
            "answer": json.dumps({**row.answer, "applicant": applicant}, ensure_ascii=False),
        },
    )


def _contact_texts(row: Row, _: Kinds) -> Iterator[str]:
    yield row.address


def _seal_contact(connection: Connection, row: Row, _: Kinds) -> None:
    contacts.seal_again(connection, row)


def _value_texts(row: Row, _: Kinds) -> Iterator[str]:
    yield row.value


def _of_account(table: str, column: str) -> Place:
    """Return the place of a column that is sealed for "TABLE.COLUMN/PERSON" in a table with one row a person."""
    lot = (
        f"select person_id as id, {column} as value from {table} where person_id > %(after)s and {column} <> ''"
        " order by person_id limit %(limit)s"
    )

    def seal(connection: Connection, row: Row, _: Kinds) -> None:
        place = f"{table}.{column}/{row.id}"
        connection.exec_driver_sql(
            f"update {table} set {column} = %(value)s where person_id = %(id)s",
            {"id": row.id, "value": personal.seal(personal.opened(row.value, place), place)},
        )

    return Place(lot, "", _value_texts, seal, table)


PLACES = (
    *(_of_account("profiles", column) for column in ("id_no", "phone", "email")),
    _of_account("factors", "secret"),
    Place(contacts.LOT, 0, _contact_texts, _seal_contact, "contacts"),
    Place(CASES, 0, _case_texts, _seal_case, "c"),
    Place(PERMITS, 0, _permit_texts, _seal_permit, "permits"),
    Place(DOCUMENTS, 0, _document_texts, _seal_document, "documents"),
    Place(ANSWERS, "", _answer_texts, _seal_answer, "idempotency"),
)


def index_numbers(office: Office) -> int:
    """Replace plain numbers in registers and bans by their index; return how many. Nobody needs to read them back."""
    return sum(_index_numbers(office, table) for table in ("register_entries", "bans"))


def _index_numbers(office: Office, table: str) -> int:
    count = 0
    while True:
        with office.work() as connection:
            numbers = connection.exec_driver_sql(
                f"select distinct id_no from {table} where length(id_no) < {INDEX_LENGTH} limit {LOT}"
            ).scalars()
            connection.exec_driver_sql(
                f"update {table} t set id_no = n.index from unnest(%(plain)s::text[], %(index)s::text[]) n(plain, index)"
                " where t.id_no = n.plain",
                {"plain": list(numbers), "index": [sealed.register_index(number) for number in numbers]},
            )
        count += len(numbers)
        if len(numbers) < LOT:
            return count
