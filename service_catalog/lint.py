"""Do the manuals agree with the law, with their process and with themselves? One finding a line."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from service_catalog.catalog import MANUALS
from service_catalog.loader import load_item
from service_catalog.model import Limit, ServiceItem
from service_catalog.terms import item_rules
from workflow.definitions.loader import processes
from workflow.engine.asks import TEXT_MAX
from workflow.engine.errors import DefinitionError, FactsError
from workflow.engine.facts import parse_rules

STATUTORY_GROUNDS = frozenset(
    {"hearing", "bidding", "auction", "inspection", "testing", "quarantine", "appraisal", "expert-review"}
)
XK45 = "行政许可法 第四十五条"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong: where, which key, what, and the law it offends."""

    file: str
    line: int
    key: str
    what: str
    law: str = ""

    def __str__(self) -> str:
        law = f" [{self.law}]" if self.law else ""
        return f"{self.file}:{self.line}: {self.key}: {self.what}{law}"


def run(path: Path | None = None) -> list[Finding]:
    """Return every finding of a folder of manuals, or of one file."""
    place = path or MANUALS
    files = [place] if place.is_file() else sorted(place.glob("*.yaml"))
    findings: list[Finding] = []
    seen: dict[tuple[str, str], str] = {}
    for file in files:
        try:
            item = load_item(file)
        except DefinitionError as error:
            findings.append(Finding(error.file, error.line or 1, "manual", error.what))
            continue
        twin = seen.setdefault((item.code, item.version), item.file)
        if twin != item.file:
            findings.append(Finding(item.file, 1, "item", f"the same item and version as {twin}"))
        findings += lint_item(item)
    return findings


def lint_item(item: ServiceItem) -> list[Finding]:
    """Return every finding of one manual."""
    return [
        Finding(item.file, item.lines.get(key, 1), key, what, law)
        for check in (_process, _limits, _excluded, _materials, _routes, _review)
        for key, what, law in check(item)
    ]


Found = Iterator[tuple[str, str, str]]


def _process(item: ServiceItem) -> Found:
    if item.process not in processes():
        yield "process", f"unknown process type {item.process!r}", ""
        return
    try:
        parse_rules(item_rules(item))
    except FactsError as error:
        yield "limits", f"the clocks cannot read these rules: {error}", ""
    is_quick = item.process in ("instant", "self-service", "notify-commit")
    if "马上办" in item.attributes and not is_quick:
        yield "attributes", "马上办 belongs to instant, self-service or notify-commit items", "审批服务便民化指导意见"


def _limits(item: ServiceItem) -> Found:
    decision, promised = item.limits["decision"], item.limits.get("promised")
    assert decision is not None
    if promised and promised.unit == decision.unit and promised.n > decision.n:
        yield "limits.promised", f"promises {promised.n}, longer than the law's {decision.n}", "行政许可法 第四十二条"
    correction = item.limits.get("correction")
    if correction and correction.unit == "working_day" and correction.n > 5:
        yield "limits.correction", "longer than five working days", "行政许可法 第三十二条"
    delivery = item.limits.get("delivery")
    if delivery and delivery.unit == "working_day" and delivery.n > 10:
        yield "limits.delivery", "longer than ten working days", "行政许可法 第四十四条"
    extension = item.limits.get("extension")
    if extension and not extension.approver:
        yield "limits.extension", "an extension names who approves it", "行政许可法 第四十二条"


def _excluded(item: ServiceItem) -> Found:
    for ground, statement in item.excluded.items():
        if ground not in STATUTORY_GROUNDS and statement.law == XK45:
            yield f"excluded.{ground}", "not among the eight grounds; name the item's own rule", XK45


def _materials(item: ServiceItem) -> Found:
    for index, material in enumerate(item.materials):
        if material.supply == "shared" and material.form == "original":
            yield f"materials.{index}.form", f"{material.name}: nobody hands in an original that is shared", "国令716 第七条"
        if material.optional and material.when is not None:
            yield f"materials.{index}.optional", f"{material.name}: either optional or conditional", ""


def _routes(item: ServiceItem) -> Found:
    for index, route in enumerate(item.routes):
        if route.outcome in ("other-item", "other-authority") and not route.to:
            yield f"routing.{index}.to", "says where else to go", "行政许可法 第三十二条"


def _review(item: ServiceItem) -> Found:
    process = processes().get(item.process)
    actions = process.action_names() if process else frozenset()
    for index, point in enumerate(item.review):
        if point.on_fail == "rectify" and process and not {"confirm-rectification", "order-rectification"} & actions:
            yield f"review.{index}.on-fail", "the process has no rectification; use correct or refuse", ""
        if len(point.check) > TEXT_MAX:
            yield f"review.{index}.check", "too long", ""


def unverified(item: ServiceItem) -> list[Finding]:
    """Return every fact of the manual that was not verified: a report for the office, not a fault."""
    found: list[tuple[str, str]] = []
    found += [(f"basis.{i}", f"{b.law}{b.articles}") for i, b in enumerate(item.basis) if not b.verified]
    found += [(f"conditions.{i}", c.law) for i, c in enumerate(item.conditions) if not c.verified]
    limits: list[tuple[str, Limit | None]] = [(f"limits.{name}", limit) for name, limit in item.limits.items()]
    limits.append(("result.validity", item.validity))
    found += [(key, limit.law) for key, limit in limits if limit is not None and not limit.verified]
    found += [(f"excluded.{ground}", s.law) for ground, s in item.excluded.items() if not s.verified]
    found += [(f"routing.{i}", r.law) for i, r in enumerate(item.routes) if not r.verified]
    found += [(f"lifecycle.{name}", one["law"]) for name, one in item.lifecycle.items() if not one["verified"]]
    if not item.fee.verified:
        found.append(("fee", item.fee.law))
    return [Finding(item.file, item.lines.get(key, 1), key, "条号或数字待核", law) for key, law in found]
