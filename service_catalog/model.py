"""What an office offers: one ServiceItem per manual version. Frozen; a running case never sees it change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

FieldType = Literal[
    "text",
    "long-text",
    "address",
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
    "bank-account",
]
PRIVATE_TYPES: Mapping[str, str] = {"citizen-id": "id_no", "phone": "phone", "bank-account": "account"}
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
    """One sentence with its source: a condition, a fee, who must have delegated the power."""

    text: str
    law: str
    verified: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """n units with their law; since: what it runs from where that is not the clock's usual start.

    written: how the law itself words it; guide_unit: the unit other offices' guides print, where it differs.
    """

    n: int
    unit: str
    law: str
    verified: bool
    since: str = ""
    approver: str = ""
    written: str = ""
    guide_unit: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Until:
    """The answer of the form that names the last day of the permit, where the item's rule fixes it case by case."""

    field: str
    law: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Show:
    """What the certificate shows under a name. sources: answers of the form or what shows.py knows; none for the frame."""

    name: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """Another lawful way of the same item, taken where `when` holds: its process and its own limits."""

    key: str
    name: str
    when: Condition
    process: str
    limits: Mapping[str, Limit | None]
    law: str
    verified: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Procedure:
    """A visit, an expert review, a hearing, a public notice: who, how long, at which stage, why."""

    kind: str
    stage: str
    need: Literal["always", "optional", "when"]
    text: str
    law: str
    verified: bool
    when: Condition | None = None
    people: int | None = None
    quorum: int | None = None
    specialities: tuple[str, ...] = ()
    limit: Limit | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class AutoRule:
    """One rule of a self-service decision: `holds` over the form, or an entry of a register (present or not)."""

    key: str
    text: str
    holds: Condition | None = None
    register: str = ""
    present: bool = True


@dataclass(frozen=True, slots=True)
class Auto:
    """The rule set by which a machine may grant, never refuse; so many per cent are audited afterwards."""

    version: str
    sample_percent: int
    rules: tuple[AutoRule, ...]
    law: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Commitment:
    """告知承诺: to meet the conditions, or to supply materials later. excluded_when: who may not commit."""

    form: Literal["conditions", "materials"]
    text: str
    law: str
    verified: bool
    excluded_when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Joint:
    """How a joint item runs: under one limit of its own (unified), or each branch under its own (bundle)."""

    mode: Literal["unified", "bundle"]
    text: str
    law: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Forward:
    """The upper authority a case is sent on to after its first examination (许可法35, 43)."""

    to: str
    text: str
    law: str
    verified: bool
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """One part of a joint item. after: the branches that must end first; item: the child's code, or ""."""

    key: str
    name: str
    department: str
    law: str
    verified: bool
    item: str = ""
    task: str = ""
    after: tuple[str, ...] = ()
    when: Condition | None = None
    limit: Limit | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """One thing to hand in. when: a closed condition over form fields; None means always.

    tolerable: the office may accept without it and wait for it (容缺受理).
    """

    code: str
    name: str
    form: Literal["original", "copy", "electronic"]
    copies: int
    supply: Literal["applicant", "shared", "system"]
    when: Condition | None = None
    optional: bool = False
    tolerable: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class FormField:
    """One question of the application form. shown: asked only where the condition holds.

    least, most: the number itself; for a text its length, for a list how many entries.
    personal: which personal data the answer is (workflow.store.personal.KINDS), where the type does not say it.
    """

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
    personal: str = ""

    @property
    def private(self) -> str:
        """Return the kind of personal data an answer is, or ""."""
        return self.personal or PRIVATE_TYPES.get(self.type, "")


@dataclass(frozen=True, slots=True)
class FormCheck:
    """A rule between fields: where `when` holds, `require` must hold too. field: whom to tell."""

    field: str
    require: Condition
    message: str
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class ReviewPoint:
    """What the reviewer checks. on_fail: correct | rectify | refuse | refer. materials: where to look."""

    check: str
    on_fail: str
    materials: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a case belongs. outcome: here | other-item | other-authority | not-needed | note (go on)."""

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
    delegation: Statement | None
    process: str
    applicant_types: tuple[str, ...]
    applicants: tuple[str, ...]
    effective_from: date
    basis: tuple[Basis, ...]
    conditions: tuple[Statement, ...]
    limits: Mapping[str, Limit | None]
    no_extension_because: str
    excluded: Mapping[str, Statement]
    not_excluded: tuple[Statement, ...]
    variants: tuple[Variant, ...]
    procedures: tuple[Procedure, ...]
    branches: tuple[Branch, ...]
    joint: Joint | None
    auto: Auto | None
    commitment: Commitment | None
    forward: Forward | None
    materials: tuple[Material, ...]
    fields: tuple[FormField, ...]
    checks: tuple[FormCheck, ...]
    review: tuple[ReviewPoint, ...]
    routes: tuple[Route, ...]
    certificate: str
    certificate_shows: tuple[Show, ...]
    number_rule: Statement | None
    validity: Limit | None
    valid_until: Until | None
    no_validity: Statement | None
    start_within: Limit | None
    recheck_after: Limit | None
    count_label: str
    lifecycle: Mapping[str, Mapping[str, Any]]
    fee: Statement
    disclosure: Statement
    attributes: tuple[str, ...]
    public: bool
    legal_review: bool
    public_safety: bool
    notes: tuple[str, ...]
    file: str
    because: str = ""
    cancelled_from: date | None = None
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """Return the version: the day from which it holds."""
        return self.effective_from.isoformat()

    @property
    def processes(self) -> frozenset[str]:
        """Return every process type a case of this item may run on."""
        return frozenset({self.process, *(variant.process for variant in self.variants if variant.process)})

    @property
    def personal(self) -> Mapping[str, str]:
        """Return which answers are personal data: field -> kind."""
        return {field.key: field.private for field in self.fields if field.private}

    def form_field(self, key: str) -> FormField | None:
        """Return the field of that key, or None."""
        return next((found for found in self.fields if found.key == key), None)

    def line_of(self, key: str) -> int:
        """Return the line of a dotted key, or of the nearest thing that holds it."""
        while key and key not in self.lines:
            key = key.rpartition(".")[0]
        return self.lines.get(key, 1)
