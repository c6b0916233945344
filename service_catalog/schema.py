"""The shape of a manual file, as marshmallow schemas; unknown keys are refused with their line."""

from typing import Any, get_args

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from service_catalog.model import FieldType
from workflow.definitions.limits import SLUGS
from workflow.definitions.schema import SLUG, TextOrList
from workflow.engine.facts import UNITS
from workflow.engine.vocabulary import GROUNDS

TEXT = validate.Length(min=1, max=400)
DATE = validate.Regexp(r"^\d{4}-\d{2}-\d{2}$", error='a day such as "2026-05-01"')
KEY = validate.Regexp(r"^[a-z][a-z0-9_]{0,39}$", error="a key: small letters, digits and underscores")
MATERIAL = validate.Regexp(r"^m\d{2}$", error="a material code: m01 … m99")
FIELD_TYPES = get_args(FieldType)
ATTRIBUTES = ("马上办", "网上办", "就近办", "一次办", "自助办")
KINDS = ("licence", "filing", "registration", "approval", "confirmation", "joint", "service")
LIFECYCLE = ("renewal", "change", "replacement", "suspension", "cancellation", "other")
PROCEDURES = ("on-site", "expert-review", "assessment", "testing", "publicity", "hearing")
STAGES = ("before-application", "after-acceptance", "before-decision", "after-decision")
OUTCOMES = ("here", "other-item", "other-authority", "not-needed", "note")
ON_FAIL = ("correct", "rectify", "refuse", "refer")
# What other agencies' data can tell of an applicant; which of them are connected is the office's business.
REGISTERS = {
    "business": "市场主体登记信息",
    "identity": "人口身份信息",
    "dishonesty": "失信主体名单",
    "restricted-business": "限制从业名单",
    "premises": "不动产登记信息",
}
PERSONAL = ("id_no", "phone", "account", "address", "email", "name", "people", "sensitive")
APPROVERS = ("department-head", "government-head", "lead-department-head")
# Who applies, in the words of a guide; and which of the two kinds of identity number they carry.
APPLICANT_TYPES = {
    "企业": "organisation",
    "个体工商户": "organisation",
    "农民专业合作社": "organisation",
    "事业单位": "organisation",
    "医疗机构": "organisation",
    "社会组织": "organisation",
    "机关": "organisation",
    "其他组织": "organisation",
    "自然人": "person",
}


class Flag(fields.Field[bool]):
    """true or false and nothing else: not 1, not "true"."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("write true or false")
        return value


class Count(fields.Field[int]):
    """A whole number; true and false are none."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("a whole number")
        return value


def _text(**given: Any) -> fields.String:
    return fields.String(required=True, validate=TEXT, **given)


def _words() -> fields.String:
    return fields.String(load_default="", validate=validate.Length(max=400))


def _one_of(*words: str, default: str | None = None, **given: Any) -> fields.String:
    if default is None:
        return fields.String(required=True, validate=validate.OneOf(words), **given)
    known = words if default else ("", *words)
    return fields.String(load_default=default, validate=validate.OneOf(known), **given)


class Strict(Schema):
    """Unknown keys are errors."""

    class Meta:
        unknown = RAISE


class Sourced(Strict):
    """Whatever a law says: with the law, and whether somebody read it there."""

    law = _text()
    verified = Flag(required=True)


class BasisSchema(Sourced):
    doc_no = fields.String(load_default="", data_key="doc-no")
    articles = _text()
    what = _text()


class StatementSchema(Sourced):
    text = _text()
    note = _words()


class LimitSchema(Sourced):
    n = Count(required=True, validate=validate.Range(0, 2000))
    unit = _one_of(*UNITS)
    since = _one_of("accepted", "received", default="")
    approver = _one_of(*APPROVERS, default="")
    written = _words()
    guide_unit = _one_of(*UNITS, default="", data_key="guide-unit")
    note = _words()


class ValiditySchema(LimitSchema):
    """A period from the grant, the day an answer of the form names, or that day but at most the period."""

    n = Count(load_default=None, allow_none=True, validate=validate.Range(1, 2000))
    unit = _one_of(*UNITS, default="")
    until_field = fields.String(load_default="", data_key="until-field")

    @validates_schema
    def _says_how_long(self, read: dict[str, Any], **kwargs: Any) -> None:
        if (read.get("n") is None) is not (not read.get("unit")):
            raise ValidationError("n and unit belong together")
        if read.get("n") is None and not read.get("until_field"):
            raise ValidationError("a validity says {n: ..., unit: ...} or {until-field: ...}")


class NoExtensionSchema(Strict):
    none_because = _text(data_key="none-because")


class ExcludedSchema(Sourced):
    grounds = fields.List(
        fields.String(validate=validate.OneOf(list(GROUNDS))), required=True, validate=validate.Length(1)
    )
    note = _words()


class VariantSchema(Sourced):
    key = fields.String(required=True, validate=SLUG)
    name = _text()
    when = fields.Raw(required=True)
    process = _one_of(*SLUGS, default="")
    limits = fields.Dict(keys=fields.String(), values=fields.Raw(), load_default=dict)
    note = _words()


class ProcedureSchema(Sourced):
    kind = _one_of(*PROCEDURES)
    stage = _one_of(*STAGES, default="before-decision")
    need = _one_of("always", "optional", "when", default="always")
    when = fields.Raw(load_default=None)
    people = Count(load_default=None, allow_none=True, validate=validate.Range(1, 50))
    quorum = Count(load_default=None, allow_none=True, validate=validate.Range(1, 50))
    specialities = fields.List(fields.String(validate=TEXT), load_default=list)
    limit = fields.Nested(LimitSchema, load_default=None)
    text = _text()
    note = _words()


class BranchSchema(Sourced):
    key = fields.String(required=True, validate=SLUG)
    name = _text()
    department = _text()
    item = _words()
    task = _words()
    after = fields.List(fields.String(), load_default=list)
    when = fields.Raw(load_default=None)
    limit = fields.Nested(LimitSchema, load_default=None)
    note = _words()


class MaterialSchema(Strict):
    code = fields.String(required=True, validate=MATERIAL)
    name = _text()
    form = _one_of("original", "copy", "electronic", default="copy")
    copies = Count(load_default=1, validate=validate.Range(1, 20))
    supply = _one_of("applicant", "shared", "system", default="applicant")
    when = fields.Raw(load_default=None)
    optional = Flag(load_default=False)
    tolerable = Flag(load_default=False)
    note = _words()


class FieldSchema(Strict):
    key = fields.String(required=True, validate=KEY)
    label = _text()
    type = _one_of(*FIELD_TYPES)
    required = Flag(load_default=True)
    options = fields.List(fields.String(validate=TEXT), load_default=list)
    least = Count(load_default=None, allow_none=True)
    most = Count(load_default=None, allow_none=True)
    past = Flag(load_default=False)
    unit = _words()
    hint = _words()
    shown = fields.Raw(load_default=None)
    personal = _one_of(*PERSONAL, default="")


class SectionSchema(Strict):
    title = _text()
    fields_ = fields.List(fields.Nested(FieldSchema), required=True, data_key="fields", validate=validate.Length(1))


class CheckSchema(Strict):
    field = fields.String(required=True)
    when = fields.Raw(load_default=None)
    require = fields.Raw(required=True)
    message = _text()


class ReviewSchema(Strict):
    check = _text()
    on_fail = _one_of(*ON_FAIL, data_key="on-fail")
    materials = fields.List(fields.String(validate=MATERIAL), load_default=list)
    note = _words()


class RouteSchema(Sourced):
    fact = _text()
    when = fields.Raw(load_default=None)
    outcome = _one_of(*OUTCOMES)
    to = _words()


class ResultSchema(Strict):
    certificate = fields.String(load_default="")
    shows = fields.List(fields.Raw(), load_default=list)  # a name, or {name: source}; see loader._shows
    number_rule = fields.Nested(StatementSchema, load_default=None, data_key="number-rule")
    validity = fields.Nested(ValiditySchema, load_default=None)
    no_validity = fields.Nested(StatementSchema, load_default=None, data_key="no-validity")
    start_within = fields.Nested(LimitSchema, load_default=None, data_key="start-within")
    recheck_after = fields.Nested(LimitSchema, load_default=None, data_key="recheck-after")
    count_label = fields.String(load_default="年度办结数", data_key="count-label", validate=TEXT)


class LifeSchema(Sourced):
    text = fields.String(required=True, validate=validate.Length(1, 1000))
    apply_before = fields.Nested(LimitSchema, load_default=None, data_key="apply-before")
    not_before = fields.Nested(LimitSchema, load_default=None, data_key="not-before")
    apply_within = fields.Nested(LimitSchema, load_default=None, data_key="apply-within")
    limit = fields.Nested(LimitSchema, load_default=None)
    process = _one_of(*SLUGS, default="")
    note = _words()


class RuleSchema(Strict):
    """One rule of a self-service decision: a condition over the form, or an entry of a register."""

    key = fields.String(required=True, validate=SLUG)
    text = _text()
    holds = fields.Raw(load_default=None)
    register = _one_of(*REGISTERS, default="")
    present = Flag(load_default=True)


class AutoSchema(Sourced):
    version = fields.String(required=True, validate=DATE)
    sample_percent = Count(required=True, data_key="sample-percent", validate=validate.Range(1, 100))
    rules = fields.List(fields.Nested(RuleSchema), required=True, validate=validate.Length(1))


class CommitmentSchema(Sourced):
    form = _one_of("conditions", "materials")
    text = _text()
    excluded_when = fields.Raw(load_default=None, data_key="excluded-when")


class JointSchema(Sourced):
    mode = _one_of("unified", "bundle")
    text = _text()


class ForwardSchema(Sourced):
    to = _text()
    text = _text()
    when = fields.Raw(load_default=None)


class DisclosureSchema(Sourced):
    public = Flag(required=True)
    text = _text()


class ManualSchema(Strict):
    item = fields.String(required=True, validate=validate.Regexp(r"^[0-9A-Za-z-]{2,20}$"))
    slug = fields.String(required=True, validate=SLUG)
    name = _text()
    name_en = _text(data_key="name-en")
    kind = _one_of(*KINDS)
    department = _text()
    regulator = _words()
    delegation = fields.Nested(StatementSchema, load_default=None)
    process = _one_of(*SLUGS)
    applicants = fields.List(
        fields.String(validate=validate.OneOf(list(APPLICANT_TYPES))),
        required=True,
        validate=validate.Length(1),
    )
    effective_from = fields.String(required=True, data_key="effective-from", validate=DATE)
    because = _words()
    cancelled_from = fields.String(load_default=None, data_key="cancelled-from", validate=DATE)
    basis = fields.List(fields.Nested(BasisSchema), required=True, validate=validate.Length(1))
    conditions = fields.List(fields.Nested(StatementSchema), required=True, validate=validate.Length(1))
    limits = fields.Dict(keys=fields.String(), values=fields.Raw(), required=True)
    excluded = fields.List(fields.Nested(ExcludedSchema), load_default=None)
    not_excluded = fields.List(fields.Nested(StatementSchema), load_default=list, data_key="not-excluded")
    variants = fields.List(fields.Nested(VariantSchema), load_default=list)
    procedures = fields.List(fields.Nested(ProcedureSchema), load_default=list)
    branches = fields.List(fields.Nested(BranchSchema), load_default=list)
    joint = fields.Nested(JointSchema, load_default=None)
    auto = fields.Nested(AutoSchema, load_default=None)
    commitment = fields.Nested(CommitmentSchema, load_default=None)
    forward = fields.Nested(ForwardSchema, load_default=None)
    materials = fields.List(fields.Nested(MaterialSchema), required=True, validate=validate.Length(1))
    form = fields.List(fields.Nested(SectionSchema), required=True, validate=validate.Length(1))
    checks = fields.List(fields.Nested(CheckSchema), load_default=list)
    review = fields.List(fields.Nested(ReviewSchema), required=True, validate=validate.Length(1))
    routing = fields.List(fields.Nested(RouteSchema), load_default=list)
    result = fields.Nested(ResultSchema, required=True)
    lifecycle = fields.Dict(
        keys=fields.String(validate=validate.OneOf(LIFECYCLE)),
        values=fields.Nested(LifeSchema),
        load_default=dict,
    )
    fee = fields.Nested(StatementSchema, required=True)
    disclosure = fields.Nested(DisclosureSchema, required=True)
    attributes = fields.List(fields.String(validate=validate.OneOf(ATTRIBUTES)), load_default=list)
    legal_review = Flag(load_default=False, data_key="legal-review")
    public_safety = Flag(load_default=False, data_key="public-safety")
    notes = TextOrList(load_default=())
