"""The shape of process and part files, as marshmallow schemas; unknown keys are refused."""

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from workflow.definitions.strict_yaml import Lines, Path

SLUG = validate.Regexp(r"^[a-z][a-z0-9-]{0,39}$", error="a slug: small letters, digits and hyphens")
NAME = validate.Length(min=1, max=60)
LAW = validate.Length(min=1, max=120)
PHASES = ("draft", "intake", "review", "delivery", "after", "ended")
KINDS = ("procedure", "branch", "permit", "office")
ASK_TYPES = ("text", "texts", "date", "datetime", "flag", "count", "choice", "person", "people", "materials")


class TextOrList(fields.Field[tuple[str, ...]]):
    """One text, or a list of texts; always loads to a tuple."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[str, ...]:
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not items or not all(isinstance(i, str) and i for i in items):
            raise ValidationError("a text or a non-empty list of texts")
        return tuple(items)


class Strict(Schema):
    """Unknown keys are errors."""

    class Meta:
        unknown = RAISE


class AskSchema(Strict):
    name = fields.String(required=True, validate=NAME)
    type = fields.String(required=True, validate=validate.OneOf(ASK_TYPES))
    required = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    options = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    least = fields.Integer(strict=True, load_default=None)
    most = fields.Integer(strict=True, load_default=None)


class TaskSchema(Strict):
    post = fields.String(required=True, data_key="for", validate=SLUG)
    title = fields.String(required=True, validate=NAME)
    members = fields.String(load_default="", validate=validate.Regexp(r"^[a-z][a-z0-9-]*\.[a-z_]+$"))


class ActionSchema(Strict):
    name = fields.String(required=True, validate=NAME)
    by = TextOrList(required=True)
    then = fields.String(required=True, validate=SLUG)
    law = fields.String(required=True, validate=LAW)
    needs = TextOrList(load_default=())
    asks = fields.Dict(keys=fields.String(), values=fields.Nested(AskSchema), load_default=dict)
    records = fields.String(load_default="")
    fixes = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    when = fields.String(load_default="")
    issues = TextOrList(load_default=())
    marks = TextOrList(load_default=())
    clears = TextOrList(load_default=())
    decides = fields.String(load_default="", validate=validate.OneOf(["granted", "refused"]))
    once = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    alert = fields.String(load_default="", validate=validate.OneOf(["yellow", "red"]))
    tells = TextOrList(load_default=())
    takes = fields.String(load_default="", validate=validate.OneOf(["form", "material"]))
    does = TextOrList(load_default=())
    collects = fields.String(load_default="", validate=SLUG)
    collects_by = fields.String(load_default="", data_key="collects-by")
    on_permit = fields.String(load_default="", data_key="on-permit")
    one_hand = TextOrList(load_default=(), data_key="one-hand")
    replaces = fields.Boolean(load_default=False, truthy={True}, falsy={False})


class AcrossSchema(ActionSchema):
    """An action of every state of some phases.

    `by: handler` means whoever the state's task is for, `by: staff` every post of the process that is the office's.
    """

    during = TextOrList(required=True)
    besides = TextOrList(load_default=())


class StateSchema(Strict):
    name = fields.String(validate=NAME)
    phase = fields.String(validate=validate.OneOf(PHASES))
    task = fields.Nested(TaskSchema)
    ends = fields.String()
    actions = fields.Dict(keys=fields.String(validate=SLUG), values=fields.Nested(ActionSchema))
    drops = TextOrList()


class ClockSchema(Strict):
    name = fields.String(required=True, validate=NAME)
    length = fields.String(required=True, validate=NAME)
    law = fields.String(required=True, validate=LAW)


class PartSchema(Strict):
    part = fields.String(required=True, validate=SLUG)
    name = fields.String(required=True, validate=NAME)
    people = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    clocks = fields.Dict(keys=fields.String(), values=fields.Nested(ClockSchema), load_default=dict)
    states = fields.Dict(keys=fields.String(validate=SLUG), values=fields.Nested(StateSchema), load_default=dict)
    across = fields.Dict(keys=fields.String(validate=SLUG), values=fields.Nested(AcrossSchema), load_default=dict)
    apart = fields.List(fields.List(fields.String(), validate=validate.Length(equal=2)), load_default=list)


class ProcessSchema(PartSchema):
    class Meta:
        unknown = RAISE
        exclude = ("part",)

    process = fields.String(required=True, validate=SLUG)
    version = fields.String(required=True, validate=validate.Regexp(r"^\d{4}-\d{2}-\d{2}(\.\d+)?$"))
    law = fields.String(required=True, validate=LAW)
    uses = fields.List(fields.String(validate=SLUG), load_default=list)
    kind = fields.String(load_default="procedure", validate=validate.OneOf(KINDS))
    staff = fields.Integer(strict=True, load_default=None, validate=validate.Range(0, 20))
    starts_in = fields.String(required=True, data_key="starts-in", validate=SLUG)


def check(schema: Schema, plain: Any, lines: Lines) -> dict[str, Any]:
    """Return the loaded document. Raises DefinitionError at the first wrong line."""
    try:
        loaded: dict[str, Any] = schema.load(plain)
    except ValidationError as error:
        messages: Any = error.messages
        problems = sorted(_flatten(messages), key=lambda pair: lines.at(pair[0]))
        path, message = problems[0]
        raise lines.error(path, f"{'.'.join(map(str, path)) or 'document'}: {message}") from error
    return loaded


def _flatten(messages: Any, path: Path = ()) -> list[tuple[Path, str]]:
    if isinstance(messages, Mapping):
        pairs: list[tuple[Path, str]] = []
        for key, value in messages.items():
            # marshmallow puts "key"/"value" between a Dict field and its entries, "_schema" at the top
            step = path if key in ("key", "value", "_schema") else (*path, key)
            pairs += _flatten(value, step)
        return pairs
    return [(path, str(message)) for message in messages]
