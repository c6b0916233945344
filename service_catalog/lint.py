"""Do the manuals agree with the law, with their process and with themselves? One finding a line."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from service_catalog import lint_limits
from service_catalog.catalog import MANUALS
from service_catalog.lint_limits import is_longer, worth
from service_catalog.lint_personal import personal
from service_catalog.loader import XK45, load_items
from service_catalog.model import Branch, Limit, Procedure, Route, ServiceItem, Statement, Variant
from service_catalog.terms import BEFORE_THE_DECISION, BEGUN_BY, rules_with
from workflow.definitions.lint import Finding
from workflow.definitions.loader import processes
from workflow.engine.errors import DefinitionError, FactsError
from workflow.engine.facts import parse_rules
from workflow.engine.model import Process

STATUTORY_GROUNDS = frozenset(
    {"hearing", "bidding", "auction", "inspection", "testing", "quarantine", "appraisal", "expert-review"}
)
QUICK = ("instant", "self-service", "notify-commit")
# Process types that are what they are because of one procedure; some variant or the main way must have it.
ESSENTIAL = {
    "on-site": ("on-site",),
    "expert-review": ("expert-review",),
    "public-notice": ("publicity", "hearing"),
}
RESEARCH = ("待核", "未复核", "未核", "knowledge", "seen", "http")  # a researcher's words, not an office's
REACHED_BY = {
    "correct": frozenset({"ask-corrections"}),
    "rectify": frozenset({"confirm-rectification", "confirm-shortfall", "ask-revision", "dispatch"}),
    "refer": frozenset({"not-accepted", "not-needed"}),
}


Found = Iterator[tuple[str, str, str]]
Sourced = Statement | Variant | Procedure | Branch | Route


def run(*paths: Path) -> list[Finding]:
    """Return every finding of some manuals, files or folders; without any, of those that ship with this release."""
    items, unreadable = read(*paths)
    return unreadable + judge(items)


def judge(items: Sequence[ServiceItem]) -> list[Finding]:
    """Return every finding of these manuals, one by one and between them. Raises DefinitionError if our processes are broken."""
    findings: list[Finding] = []
    seen: dict[tuple[str, str], str] = {}
    for item in items:
        twin = seen.setdefault((item.code, item.version), item.file)
        if twin != item.file:
            findings.append(Finding(item.file, item.line_of("item"), "item", f"same item and version as {twin}"))
        findings += lint_item(item)
    for item, key, what, law in lint_limits.between(newest(items)):
        findings.append(Finding(item.file, item.line_of(key), key, what, law))
    return findings


def read(*paths: Path) -> tuple[list[ServiceItem], list[Finding]]:
    """Return (every version of every item in these files, one finding for each file that cannot be read)."""
    files = [file for place in paths or (MANUALS,) for file in ([place] if place.is_file() else place.glob("*.yaml"))]
    items: list[ServiceItem] = []
    findings: list[Finding] = []
    for file in sorted(files):
        try:
            items += load_items(file)
        except DefinitionError as error:
            findings.append(Finding(error.file, error.line or 1, "manual", error.what))
    return items, findings


def newest(items: Sequence[ServiceItem]) -> list[ServiceItem]:
    """Return the newest version of each item, by code."""
    latest = {item.code: item for item in sorted(items, key=lambda one: one.effective_from)}
    return [latest[code] for code in sorted(latest)]


def lint_item(item: ServiceItem) -> list[Finding]:
    """Return every finding of one manual."""
    checks = (
        _file,
        _process,
        _limits,
        _excluded,
        _procedures,
        _materials,
        _routes,
        _review,
        _result,
        _branches,
        _ways,
        lint_limits.procedures,
        lint_limits.branches,
        _words,
        personal,
    )
    return [Finding(item.file, item.line_of(key), key, what, law) for check in checks for key, what, law in check(item)]


def dangling(items: Sequence[ServiceItem]) -> list[Finding]:
    """Return references to items that have no manual: for a catalogue that should be complete."""
    known = {item.code for item in items}
    named = [
        (item, key, code)
        for item in items
        for key, code in (
            *((f"routing.{i}.to", r.to) for i, r in enumerate(item.routes) if r.to.isascii()),
            *((f"branches.{i}.item", b.item) for i, b in enumerate(item.branches)),
        )
        if code and code not in known
    ]
    return [Finding(item.file, item.line_of(key), key, f"no manual of item {code!r}") for item, key, code in named]


def _file(item: ServiceItem) -> Found:
    if not item.file.startswith(f"{item.code}-{item.slug}."):
        yield "item", f"the file of this item is called {item.code}-{item.slug}.yaml", ""


def _process(item: ServiceItem) -> Found:
    ways: list[tuple[str, Variant | None]] = [("limits", None)]
    ways += [(f"variants.{i}", variant) for i, variant in enumerate(item.variants)]
    for key, variant in ways:
        try:
            parse_rules(rules_with(item, variant))
        except FactsError as error:
            yield key, f"the clocks cannot read these rules: {error}", ""
    if "马上办" in item.attributes and not item.processes & set(QUICK) and worth(item.limits["decision"]) > 3:
        yield (
            "attributes",
            "马上办 belongs to items decided on the spot or in three days",
            "审批服务便民化指导意见",
        )


def _limits(item: ServiceItem) -> Found:
    yield from _limit_set("limits", item.limits, item.limits)
    for index, variant in enumerate(item.variants):
        yield from _limit_set(f"variants.{index}.limits", variant.limits, {**item.limits, **variant.limits})
    if "extension" not in item.limits:
        yield "limits", "says whether the decision may be extended: `extension:`", "行政许可法 第四十二条"


def _limit_set(at: str, own: Mapping[str, Limit | None], whole: Mapping[str, Limit | None]) -> Found:
    promised, decision = whole.get("promised"), whole["decision"]
    if promised and decision and {"promised", "decision"} & set(own) and is_longer(promised, decision):
        yield f"{at}.promised", f"promises {promised.n} {promised.unit}, longer than the law", "行政许可法 第四十二条"
    for name, most, law in (("correction", 5, "第三十二条"), ("delivery", 10, "第四十四条")):
        if worth(own.get(name)) > most:
            yield f"{at}.{name}", f"longer than {most} working days", f"行政许可法 {law}"
    extension = own.get("extension")
    if extension and not extension.approver:
        yield f"{at}.extension", "an extension names who approves it", "行政许可法 第四十二条"


def _excluded(item: ServiceItem) -> Found:
    for ground, statement in item.excluded.items():
        if ground not in STATUTORY_GROUNDS and statement.law == XK45:
            yield "excluded", f"{ground}: not among the eight grounds; name the item's own rule", XK45


def _procedures(item: ServiceItem) -> Found:
    kinds = {one.kind for one in item.procedures}
    for slug in sorted(item.processes):
        if slug in ESSENTIAL and not kinds & set(ESSENTIAL[slug]):
            yield "procedures", f"runs on {slug} but describes no {' or '.join(ESSENTIAL[slug])}", ""
    for index, one in enumerate(item.procedures):
        if one.kind == "on-site" and (one.people or 0) < 2:
            yield f"procedures.{index}.people", "a visit takes at least two", "行政许可法 第三十四条"


def _materials(item: ServiceItem) -> Found:
    for index, material in enumerate(item.materials):
        if material.supply == "shared" and material.form == "original":
            yield (
                f"materials.{index}.form",
                f"{material.name}: nobody hands in an original that is shared",
                "国令716",
            )
        if material.optional and material.when is not None:
            yield f"materials.{index}.optional", f"{material.name}: either optional or conditional", ""


def _routes(item: ServiceItem) -> Found:
    for index, route in enumerate(item.routes):
        if route.outcome in ("other-item", "other-authority") and not route.to:
            yield f"routing.{index}.to", "says where else to go", "行政许可法 第三十二条"
        if route.to == item.code:
            yield f"routing.{index}.to", "points at itself", ""


def _review(item: ServiceItem) -> Found:
    known = [process for slug in sorted(item.processes) if (process := processes().get(slug))]
    if len(known) < len(item.processes):
        return
    for index, point in enumerate(item.review):
        if not any(_reaches(process, point.on_fail) for process in known):
            yield f"review.{index}.on-fail", f"the process has no way to {point.on_fail}", ""


def _reaches(process: Process, on_fail: str) -> bool:
    if on_fail != "refuse":
        return bool(REACHED_BY[on_fail] & process.action_names())
    edges = (action for state in process.states.values() for action in state.actions.values())
    return any(action.decides == "refused" for action in edges) or "not-accepted" in process.action_names()


def _result(item: ServiceItem) -> Found:
    has_validity = item.validity is not None or item.valid_until is not None
    if not has_validity and item.no_validity is None:
        yield "result", "says how long the result holds: `validity` or `no-validity`", ""
    if has_validity and item.no_validity is not None:
        yield "result.no-validity", "either a validity or none", ""


def _branches(item: ServiceItem) -> Found:
    if (item.process == "joint") is not bool(item.branches):
        yield "branches", "joint items have branches, and only they", "行政许可法 第二十六条"


def _ways(item: ServiceItem) -> Found:
    """What a process type cannot do without: its rule set, its commitment, its kind of joining, its people."""
    needed = (
        ("self-service", "auto", item.auto, "a rule set", "个人信息保护法 第二十四条"),
        ("notify-commit", "commitment", item.commitment, "a commitment", "优化营商环境条例 第四十条"),
        ("joint", "joint", item.joint, "how its branches are joined", "行政许可法 第二十六条"),
    )
    for slug, key, value, what, law in needed:
        if slug in item.processes and value is None:
            yield "process", f"runs on {slug} but has no {what}: `{key}:`", law
        if value is not None and slug not in item.processes:
            yield key, f"only for items that can run on {slug}", law
    if "expert-review" in item.processes:
        reviews = [one for one in item.procedures if one.kind == "expert-review"]
        if not any(one.people and one.limit for one in reviews):
            yield "procedures", "an expert review says how many experts and how many days", "行政许可法 第四十五条"
    yield from _able(item)
    for index, one in enumerate(item.procedures):
        if one.quorum is not None and (one.people is None or one.quorum > one.people):
            yield f"procedures.{index}.quorum", "a quorum is no more than the people", ""
        if one.kind == "publicity" and one.limit is None and "public-notice" in item.processes:
            yield f"procedures.{index}.limit", "a public notice says for how many days", "行政许可法 第三十六条"


def _able(item: ServiceItem) -> Found:
    """What an item must do before it decides, some process of its own can do; a joint item's branches do it."""
    if "joint" in item.processes:
        return
    able = {name for slug in item.processes if slug in processes() for name in processes()[slug].action_names()}
    for index, one in enumerate(item.procedures):
        wanted = BEGUN_BY.get(one.kind)
        if wanted and one.need != "optional" and one.stage in BEFORE_THE_DECISION and wanted not in able:
            yield f"procedures.{index}", f"no process of this item carries out {one.kind}", ""


def _words(item: ServiceItem) -> Found:
    """Everything a person may read speaks the office's language; what is unsure says `verified: false`."""
    texts: list[tuple[str, str]] = [
        ("name", item.name_zh),
        ("fee", item.fee.text),
        ("disclosure", item.disclosure.text),
    ]
    texts += [(f"basis.{i}", f"{b.law}{b.doc_no}{b.articles}{b.what}") for i, b in enumerate(item.basis)]
    texts += [(f"conditions.{i}", c.text + c.law) for i, c in enumerate(item.conditions)]
    texts += [(f"materials.{i}", m.name + m.note) for i, m in enumerate(item.materials)]
    texts += [(f"procedures.{i}", p.text + p.law) for i, p in enumerate(item.procedures)]
    texts += [(f"routing.{i}", r.fact + r.law) for i, r in enumerate(item.routes)]
    texts += [(f"lifecycle.{name}", one["text"] + one["law"]) for name, one in item.lifecycle.items()]
    texts += [(f"limits.{name}", limit.law) for name, limit in item.limits.items() if limit]
    for key, text in texts:
        word = next((word for word in RESEARCH if word in text), "")
        if word:
            yield key, f"{word!r} does not belong in a text; write verified: false", ""


def remarks(item: ServiceItem) -> list[Finding]:
    """Return what is no fault of the manual, but worth knowing."""
    return [Finding(item.file, item.line_of(key), key, what, law) for key, what, law in lint_limits.remarks(item)]


def unverified(item: ServiceItem) -> list[Finding]:
    """Return every fact of the manual that was not verified: a report for the office, not a fault."""
    unsure = [(key, law) for (key, law), is_verified in sourced_facts(item).items() if not is_verified]
    return [Finding(item.file, item.line_of(key), key, "条号或者数字尚未核对原文", law) for key, law in unsure]


def sourced_facts(item: ServiceItem) -> dict[tuple[str, str], bool]:
    """Return every fact that names its source, as (key, law), with whether somebody read it there."""
    sourced: list[tuple[str, str, bool]] = [
        (f"basis.{i}", f"{b.law} {b.articles}", b.verified) for i, b in enumerate(item.basis)
    ]
    sourced += [(key, limit.law, limit.verified) for key, limit in _every_limit(item)]
    groups: dict[str, Sequence[Sourced]] = {
        "conditions": item.conditions,
        "not-excluded": item.not_excluded,
        "variants": item.variants,
        "procedures": item.procedures,
        "branches": item.branches,
        "routing": item.routes,
    }
    sourced += [(f"{part}.{i}", one.law, one.verified) for part, many in groups.items() for i, one in enumerate(many)]
    sourced += [("excluded", s.law, s.verified) for s in item.excluded.values()]
    sourced += [(f"lifecycle.{name}", one["law"], one["verified"]) for name, one in item.lifecycle.items()]
    for key, statement in (
        ("delegation", item.delegation),
        ("result.number-rule", item.number_rule),
        ("result.validity", item.valid_until),
        ("result.no-validity", item.no_validity),
        ("fee", item.fee),
        ("disclosure", item.disclosure),
        ("joint", item.joint),
        ("auto", item.auto),
        ("commitment", item.commitment),
        ("forward", item.forward),
    ):
        if statement is not None:
            sourced.append((key, statement.law, statement.verified))
    facts: dict[tuple[str, str], bool] = {}
    for key, law, is_verified in sourced:
        facts[key, law] = facts.get((key, law), True) and is_verified
    return facts


def _every_limit(item: ServiceItem) -> Iterator[tuple[str, Limit]]:
    """Yield every number of the manual with its key."""
    for name, limit in item.limits.items():
        if limit:
            yield f"limits.{name}", limit
    for i, variant in enumerate(item.variants):
        yield from ((f"variants.{i}.limits.{name}", limit) for name, limit in variant.limits.items() if limit)
    for i, procedure in enumerate(item.procedures):
        if procedure.limit:
            yield f"procedures.{i}.limit", procedure.limit
    for i, branch in enumerate(item.branches):
        if branch.limit:
            yield f"branches.{i}.limit", branch.limit
    for key, one in (
        ("validity", item.validity),
        ("start-within", item.start_within),
        ("recheck-after", item.recheck_after),
    ):
        if one:
            yield f"result.{key}", one
    for name, life in item.lifecycle.items():
        for key in ("apply_before", "not_before", "apply_within", "limit"):
            if life[key]:
                yield f"lifecycle.{name}.{key.replace('_', '-')}", Limit(**life[key])
