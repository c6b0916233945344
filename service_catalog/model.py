"""What an office offers: one ServiceItem per manual version. Frozen; a running case never sees it change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

FieldType = Literal[
    "text",
    "long-text",
    "integer",
    "decimal",
    "date",
    "flag",
    "choice",
    "choices",
    "list",
    "uscc",
    "citizen-id",
    "phone",
]
Condition = Mapping[str, Any]  # checked at load, see conditions.py


@dataclass(frozen=True, slots=True)
class Basis:
    """One law the item rests on. verified: the article was read, not only remembered."""

    law: str
    doc_no: str
    articles: str
    what: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence with its source: a condition, a note on the life of the permit."""

    text: str
    law: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """n units with their law; since: what it runs from where that is not acceptance."""

    n: int
    unit: str
    law: str
    verified: bool
    since: str = ""
    approver: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """One thing to hand in. when: a closed condition over form fields; None means always."""

    code: str
    name: str
    form: Literal["original", "copy", "electronic"]
    copies: int
    supply: Literal["applicant", "shared", "system"]
    when: Condition | None = None
    optional: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class FormField:
    """One question of the application form. shown: asked only where the condition holds."""

    key: str
    label: str
    type: FieldType
    required: bool
    section: str
    options: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    past: bool = False
    unit: str = ""
    hint: str = ""
    shown: Condition | None = None


@dataclass(frozen=True, slots=True)
class FormCheck:
    """A rule between fields: where `when` holds, `require` must hold too. field: whom to tell."""

    field: str
    require: Condition
    message: str
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class ReviewPoint:
    """What the reviewer checks. on_fail: correct | rectify | refuse | refer."""

    check: str
    on_fail: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a case belongs. outcome: here | other-item | other-authority | not-needed."""

    fact: str
    outcome: str
    law: str
    verified: bool
    when: Condition | None = None
    to: str = ""


@dataclass(frozen=True, slots=True)
class ServiceItem:
    """One item in one version: what the guide, the form, the checklist and the terms are made from."""

    code: str
    slug: str
    name_zh: str
    name_en: str
    kind: str
    department: str
    regulator: str
    delegation: str
    process: str
    applicants: tuple[str, ...]
    effective_from: date
    basis: tuple[Basis, ...]
    conditions: tuple[Statement, ...]
    limits: Mapping[str, Limit | None]
    no_extension_because: str
    excluded: Mapping[str, Statement]
    materials: tuple[Material, ...]
    fields: tuple[FormField, ...]
    checks: tuple[FormCheck, ...]
    review: tuple[ReviewPoint, ...]
    routes: tuple[Route, ...]
    certificate: str
    validity: Limit | None
    count_label: str
    lifecycle: Mapping[str, Mapping[str, Any]]
    fee: Statement
    attributes: tuple[str, ...]
    public: bool
    legal_review: bool
    notes: tuple[str, ...]
    file: str
    cancelled_from: date | None = None
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """Return the version: the day from which it holds."""
        return self.effective_from.isoformat()

    def form_field(self, key: str) -> FormField | None:
        """Return the field of that key, or None."""
        return next((found for found in self.fields if found.key == key), None)
