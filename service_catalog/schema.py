"""The shape of a manual file, as marshmallow schemas; unknown keys are refused with their line."""

from marshmallow import RAISE, Schema, fields, validate

from workflow.definitions.schema import SLUG, TextOrList
from workflow.engine.facts import UNITS
from workflow.engine.vocabulary import GROUNDS

TEXT = validate.Length(min=1, max=400)
DATE = validate.Regexp(r"^\d{4}-\d{2}-\d{2}$")
KEY = validate.Regexp(r"^[a-z][a-z0-9_]{0,39}$", error="a key: small letters, digits and underscores")
FIELD_TYPES = (
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
)
ATTRIBUTES = ("马上办", "网上办", "就近办", "一次办", "自助办")
KINDS = ("licence", "filing", "registration", "approval", "confirmation", "service")
LIFECYCLE = ("renewal", "change", "replacement", "cancellation", "other")


def _flag(default: bool) -> fields.Boolean:
    return fields.Boolean(load_default=default, truthy={True}, falsy={False})


class Strict(Schema):
    """Unknown keys are errors."""

    class Meta:
        unknown = RAISE


class BasisSchema(Strict):
    law = fields.String(required=True, validate=TEXT)
    doc_no = fields.String(load_default="")
    articles = fields.String(required=True, validate=TEXT)
    what = fields.String(required=True, validate=TEXT)
    verified = fields.Boolean(required=True, truthy={True}, falsy={False})


class StatementSchema(Strict):
    text = fields.String(required=True, validate=TEXT)
    law = fields.String(required=True, validate=TEXT)
    verified = fields.Boolean(required=True, truthy={True}, falsy={False})


class LimitSchema(Strict):
    n = fields.Integer(required=True, strict=True, validate=validate.Range(0, 2000))
    unit = fields.String(required=True, validate=validate.OneOf(UNITS))
    law = fields.String(required=True, validate=TEXT)
    verified = fields.Boolean(required=True, truthy={True}, falsy={False})
    since = fields.String(load_default="", validate=validate.OneOf(["", "accepted", "received"]))
    approver = fields.String(load_default="", validate=validate.OneOf(["", "department-head", "government-head"]))
    note = fields.String(load_default="")


class NoExtensionSchema(Strict):
    none_because = fields.String(required=True, data_key="none-because", validate=TEXT)


class MaterialSchema(Strict):
    code = fields.String(required=True, validate=validate.Regexp(r"^m\d{2}$"))
    name = fields.String(required=True, validate=TEXT)
    form = fields.String(load_default="copy", validate=validate.OneOf(["original", "copy", "electronic"]))
    copies = fields.Integer(load_default=1, strict=True, validate=validate.Range(1, 20))
    supply = fields.String(load_default="applicant", validate=validate.OneOf(["applicant", "shared", "system"]))
    when = fields.Raw(load_default=None)
    optional = _flag(False)
    note = fields.String(load_default="")


class FieldSchema(Strict):
    key = fields.String(required=True, validate=KEY)
    label = fields.String(required=True, validate=TEXT)
    type = fields.String(required=True, validate=validate.OneOf(FIELD_TYPES))
    required = _flag(True)
    options = fields.List(fields.String(validate=TEXT), load_default=list)
    least = fields.Integer(strict=True, load_default=None)
    most = fields.Integer(strict=True, load_default=None)
    past = _flag(False)
    unit = fields.String(load_default="")
    hint = fields.String(load_default="")
    shown = fields.Raw(load_default=None)


class SectionSchema(Strict):
    title = fields.String(required=True, validate=TEXT)
    fields_ = fields.List(fields.Nested(FieldSchema), required=True, data_key="fields", validate=validate.Length(1))


class CheckSchema(Strict):
    field = fields.String(required=True)
    when = fields.Raw(load_default=None)
    require = fields.Raw(required=True)
    message = fields.String(required=True, validate=TEXT)


class ReviewSchema(Strict):
    check = fields.String(required=True, validate=TEXT)
    on_fail = fields.String(required=True, data_key="on-fail", validate=validate.OneOf(["correct", "rectify", "refuse", "refer"]))
    note = fields.String(load_default="")


class RouteSchema(Strict):
    fact = fields.String(required=True, validate=TEXT)
    when = fields.Raw(load_default=None)
    outcome = fields.String(
        required=True, validate=validate.OneOf(["here", "other-item", "other-authority", "not-needed", "note"])
    )
    to = fields.String(load_default="")
    law = fields.String(required=True, validate=TEXT)
    verified = fields.Boolean(required=True, truthy={True}, falsy={False})


class ResultSchema(Strict):
    certificate = fields.String(load_default="")
    validity = fields.Nested(LimitSchema, load_default=None, allow_none=True)
    count_label = fields.String(load_default="年度办结数", data_key="count-label")


class LifeSchema(Strict):
    text = fields.String(required=True, validate=validate.Length(1, 1000))
    law = fields.String(required=True, validate=TEXT)
    verified = fields.Boolean(required=True, truthy={True}, falsy={False})
    apply_before = fields.Nested(LimitSchema, load_default=None, data_key="apply-before")
    not_before = fields.Nested(LimitSchema, load_default=None, data_key="not-before")
    apply_within = fields.Nested(LimitSchema, load_default=None, data_key="apply-within")
    limit = fields.Nested(LimitSchema, load_default=None)


class ManualSchema(Strict):
    item = fields.String(required=True, validate=validate.Regexp(r"^[0-9A-Za-z-]{2,20}$"))
    slug = fields.String(required=True, validate=SLUG)
    name = fields.String(required=True, validate=TEXT)
    name_en = fields.String(required=True, data_key="name-en", validate=TEXT)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    department = fields.String(required=True, validate=TEXT)
    regulator = fields.String(load_default="")
    delegation = fields.String(load_default="")
    process = fields.String(required=True, validate=SLUG)
    applicants = fields.List(
        fields.String(validate=validate.OneOf(["person", "organisation"])), required=True, validate=validate.Length(1)
    )
    effective_from = fields.String(required=True, data_key="effective-from", validate=DATE)
    cancelled_from = fields.String(load_default=None, data_key="cancelled-from", validate=DATE)
    basis = fields.List(fields.Nested(BasisSchema), required=True, validate=validate.Length(1))
    conditions = fields.List(fields.Nested(StatementSchema), required=True, validate=validate.Length(1))
    limits = fields.Dict(keys=fields.String(), values=fields.Raw(), required=True)
    excluded = fields.Dict(
        keys=fields.String(validate=validate.OneOf(list(GROUNDS))),
        values=fields.Nested(Strict.from_dict({"law": fields.String(required=True), "verified": fields.Boolean(required=True)})),
        load_default=dict,
    )
    materials = fields.List(fields.Nested(MaterialSchema), required=True, validate=validate.Length(1))
    form = fields.List(fields.Nested(SectionSchema), required=True, validate=validate.Length(1))
    checks = fields.List(fields.Nested(CheckSchema), load_default=list)
    review = fields.List(fields.Nested(ReviewSchema), required=True, validate=validate.Length(1))
    routing = fields.List(fields.Nested(RouteSchema), load_default=list)
    result = fields.Nested(ResultSchema, required=True)
    lifecycle = fields.Dict(
        keys=fields.String(validate=validate.OneOf(LIFECYCLE)), values=fields.Nested(LifeSchema), load_default=dict
    )
    fee = fields.Nested(StatementSchema, required=True)
    attributes = fields.List(fields.String(validate=validate.OneOf(ATTRIBUTES)), load_default=list)
    public = _flag(True)
    legal_review = fields.Boolean(load_default=False, truthy={True}, falsy={False}, data_key="legal-review")
    notes = TextOrList(load_default=())
