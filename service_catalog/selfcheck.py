"""智能导办: a few questions, and what follows for this applicant: which item, which materials, which limits, and why not.

Only what routing, variants, materials and procedures depend on is asked, so a questionnaire is short. Nothing has to be
answered; what an open question would change is said to be open, never guessed. Pure: no clock, no database.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from service_catalog.conditions import fields_of, holds
from service_catalog.forms import FieldProblem
from service_catalog.guide import FORMS, PROCEDURES, SUPPLY, condition_text, form_sections, limit_list, limit_text
from service_catalog.model import Condition, FormField, Route, ServiceItem, Variant
from service_catalog.schema import APPLICANT_TYPES
from service_catalog.terms import rules_with
from service_catalog.values import check_value
from workflow.definitions.loader import processes

Outcome = Literal["fits", "undecided", "other-item", "other-authority", "not-needed", "not-eligible", "no-match"]
ELSEWHERE: Mapping[str, Outcome] = {
    "not-needed": "not-needed",
    "other-authority": "other-authority",
    "other-item": "other-item",
}
# The first that is found decides: who needs no permit is not sent anywhere.
PRECEDENCE: tuple[Outcome, ...] = ("not-needed", "other-authority", "other-item")
TEXTS: Mapping[str, str] = {
    "fits": "可以申请本事项。",
    "undecided": "还有问题没有回答，暂时不能判断。",
    "other-item": "应当申请其他事项。",
    "other-authority": "应当向其他机关申请。",
    "not-needed": "不需要办理本事项。",
    "not-eligible": "您的身份不能申请本事项。",
    "no-match": "您的情形不属于本事项。",
}
ASKS_MAX = 5


@dataclass(frozen=True, slots=True)
class Answers:
    """What somebody said of themselves, checked. situations: ids of the situations that apply (see `situations`)."""

    form: Mapping[str, Any] = field(default_factory=dict)
    applicant_type: str | None = None
    situations: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome for one item. reasons: the rules that decided; open_keys: questions that would decide."""

    item: ServiceItem
    outcome: Outcome
    reasons: tuple[Route, ...]
    open_keys: tuple[str, ...]
    why: str = ""


def asked_fields(item: ServiceItem) -> tuple[FormField, ...]:
    """Return the questions of the form on whose answers something depends, in the order of the form."""
    wanted = {key for condition in _conditions(item) for key in fields_of(condition)}
    for one in reversed(item.fields):  # a question may hang on earlier ones only
        if one.key in wanted:
            wanted.update(fields_of(one.shown))
    return tuple(one for one in item.fields if one.key in wanted)


def situations(item: ServiceItem) -> Mapping[str, Route]:
    """Return the rules that no field of the form decides: the applicant says whether one applies. Ids are of this version."""
    return {
        f"s{number}": route
        for number, route in enumerate(item.routes, 1)
        if route.when is None and route.outcome in ELSEWHERE
    }


def questionnaire(item: ServiceItem) -> dict[str, Any]:
    """Return the questions of an item, ready for JSON."""
    keys = {one.key for one in asked_fields(item)}
    return {
        "item_code": item.code,
        "name": item.name_zh,
        "version": item.version,
        "applicant_types": list(APPLICANT_TYPES),
        "questions": [
            question for section in form_sections(item) for question in section["questions"] if question["key"] in keys
        ],
        "situations": [
            {"id": key, "text": route.fact, "outcome": route.outcome, "to": route.to or None}
            for key, route in situations(item).items()
        ],
    }


def check_answers(
    item: ServiceItem, given: Mapping[str, Any], *, today: date
) -> tuple[dict[str, Any], list[FieldProblem]]:
    """Return (the clean answers, everything wrong). Unknown questions are refused; nothing is required."""
    asked = {one.key: one for one in asked_fields(item)}
    problems = [
        FieldProblem(key[:40], key[:40], f"本事项的导办问题中没有“{key[:40]}”，请删除。")
        for key in given
        if key not in asked
    ]
    clean: dict[str, Any] = {}
    wrong: set[str] = set()
    for one in asked.values():
        value = given.get(one.key)
        if value is None or value in ("", []):
            continue
        found, what = check_value(one, value, today)
        if not what and not wrong & set(fields_of(one.shown)) and verdict(item, one.shown, clean) is False:
            what = "在您的情形下不需要回答，请删除。"
        if what:
            wrong.add(one.key)
            problems.append(FieldProblem(one.key, one.label, f"{one.label}：{what}"))
        else:
            clean[one.key] = found
    return clean, problems


def verdict(item: ServiceItem, condition: Condition | None, form: Mapping[str, Any]) -> bool | None:
    """Return whether the condition holds, or None while a question it hangs on is open."""
    if condition is None:
        return True
    for group, decides in (("all", False), ("any", True)):
        if group in condition:
            parts = [verdict(item, part, form) for part in condition[group]]
            if decides in parts:
                return decides
            return None if None in parts else not decides
    if "not" in condition:
        inner = verdict(item, condition["not"], form)
        return None if inner is None else not inner
    if all(key in form or _is_hidden(item, key, form) for key in fields_of(condition)):
        return holds(condition, form)
    return None


def check(item: ServiceItem, answers: Answers) -> Result:
    """Return what these answers mean for the item."""
    said = answers.applicant_type
    if said is not None and said not in item.applicant_types:
        why = f"本事项只受理{'、'.join(item.applicant_types)}的申请。"
        return Result(item, "not-eligible", (), (), why)
    found = [route for key, route in situations(item).items() if key in answers.situations]
    open_keys: list[str] = []
    for route in item.routes:
        if route.when is None:
            continue
        holds_now = verdict(item, route.when, answers.form)
        if holds_now:
            found.append(route)
        elif holds_now is None and route.outcome in ELSEWHERE:
            open_keys += _open(item, route.when, answers.form)
    for outcome in PRECEDENCE:
        deciding = tuple(route for route in found if route.outcome == outcome)
        if deciding:
            return Result(item, outcome, deciding, ())
    return Result(item, "undecided" if open_keys else "fits", tuple(found), tuple(dict.fromkeys(open_keys)))


def result_json(result: Result, answers: Answers) -> dict[str, Any]:
    """Return a result, ready for JSON: outcome, reasons, and for this case the materials, procedures and limits."""
    item, form = result.item, answers.form
    variant, is_settled = _variant(item, form)
    process = (variant.process if variant and variant.process else item.process) if is_settled else None
    return {
        **_outcome_json(result),
        "who_may_apply": list(item.applicant_types),
        "notes": [_route_json(route) for route in result.reasons if route.outcome not in ELSEWHERE],
        "unless": [
            {"id": key, **_route_json(route)}
            for key, route in situations(item).items()
            if key not in answers.situations
        ],
        "variant": {"key": variant.key, "name": variant.name} if variant else None,
        "process": process,
        "process_name": _process_name(process) if process else None,
        "limits": limit_list(rules_with(item, variant)) if is_settled else [],
        "materials": list(_materials(item, form)),
        "procedures": list(_procedures(item, form)),
        "commitment": _commitment(item, form),
        "open_questions": _open_questions(item, result, form),
    }


def _process_name(slug: str) -> str:
    process = processes().get(slug)
    return process.title if process else slug


def _outcome_json(result: Result) -> dict[str, Any]:
    return {
        "item_code": result.item.code,
        "name": result.item.name_zh,
        "version": result.item.version,
        "outcome": result.outcome,
        "text": TEXTS[result.outcome],
        "why": result.why or None,
        "reasons": [_route_json(route) for route in result.reasons if route.outcome in ELSEWHERE],
    }


def _route_json(route: Route) -> dict[str, Any]:
    return {"fact": route.fact, "outcome": route.outcome, "to": route.to or None, "law": route.law}


def _materials(item: ServiceItem, form: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what is needed in this case; what hangs on an open question says so."""
    for one in item.materials:
        needed = verdict(item, one.when, form)
        if needed is False:
            continue
        yield {
            "code": one.code,
            "name": one.name,
            "form_name": FORMS[one.form],
            "copies": one.copies,
            "supply": one.supply,
            "supply_name": SUPPLY[one.supply],
            "required": "depends" if needed is None else "optional" if one.optional else "yes",
            "when_text": condition_text(item, one.when),
            "note": one.note,
        }


def _procedures(item: ServiceItem, form: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for one in item.procedures:
        needed = verdict(item, one.when, form)
        if needed is False:
            continue
        yield {
            "kind": one.kind,
            "name": PROCEDURES[one.kind],
            "need": "depends" if needed is None else "optional" if one.need == "optional" else "yes",
            "limit": limit_text(one.limit) if one.limit else None,
            "text": one.text,
            "law": one.law,
        }


def _commitment(item: ServiceItem, form: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return whether the applicant may commit instead (告知承诺), as far as the answers tell."""
    one = item.commitment
    if one is None:
        return None
    barred = False if one.excluded_when is None else verdict(item, one.excluded_when, form)
    available = None if barred is None else not barred
    return {"available": available, "form": one.form, "text": one.text, "law": one.law}


def _variant(item: ServiceItem, form: Mapping[str, Any]) -> tuple[Variant | None, bool]:
    """Return (the variant these answers lead to or None, whether that is settled)."""
    for variant in item.variants:
        taken = verdict(item, variant.when, form)
        if taken is None:
            return None, False
        if taken:
            return variant, True
    return None, True


def _open_questions(item: ServiceItem, result: Result, form: Mapping[str, Any]) -> list[str]:
    """Return the keys still open: first what decides the outcome, then what decides materials and limits."""
    keys = [*result.open_keys]
    for condition in _conditions(item):
        if verdict(item, condition, form) is None:
            keys += _open(item, condition, form)
    return list(dict.fromkeys(keys))


def _conditions(item: ServiceItem) -> Iterator[Condition]:
    """Yield every condition on which the way of a case depends."""
    for group in (item.routes, item.variants, item.materials, item.procedures, item.branches):
        yield from (one.when for one in group if one.when is not None)
    if item.commitment and item.commitment.excluded_when is not None:
        yield item.commitment.excluded_when
    if item.forward and item.forward.when is not None:
        yield item.forward.when


def _open(item: ServiceItem, condition: Condition, form: Mapping[str, Any]) -> list[str]:
    """Return the questions to ask for this condition: also the ones that decide whether those are asked."""
    keys: list[str] = []
    for key in fields_of(condition):
        if key in form or _is_hidden(item, key, form):
            continue
        one = item.form_field(key)
        shown = one.shown if one else None
        keys += _open(item, shown, form) if shown is not None and verdict(item, shown, form) is None else [key]
    return keys


def _is_hidden(item: ServiceItem, key: str, form: Mapping[str, Any]) -> bool:
    one = item.form_field(key)
    return one is not None and one.shown is not None and verdict(item, one.shown, form) is False


def compare(
    items: Sequence[ServiceItem],
    given: Mapping[str, Any],
    *,
    applicant_type: str | None = None,
    applying: frozenset[str] = frozenset(),
    today: date,
) -> tuple[list[Result], list[FieldProblem]]:
    """Return (one result an item, best first; what is wrong with the answers).

    An answer is wrong if no item asks it, or none that asks it takes it; an item that does not take what another takes
    is not meant. applying: situations that apply, as `02.s8`.
    """
    results: dict[str, Result] = {}
    forms: dict[str, Mapping[str, Any]] = {}
    problems: dict[str, FieldProblem] = {}
    taken: set[str] = set()
    for item in items:
        asked = {one.key for one in asked_fields(item)}
        forms[item.code], wrong = check_answers(
            item, {key: value for key, value in given.items() if key in asked}, today=today
        )
        taken.update(forms[item.code])
        wrong += _also_wrong(item, {key: value for key, value in given.items() if key not in asked}, today)
        problems.update((one.field, one) for one in wrong)
        apply_here = frozenset(one.partition(".")[2] for one in applying if one.partition(".")[0] == item.code)
        result = check(item, Answers(forms[item.code], applicant_type, apply_here))
        why = "".join(one.text for one in wrong)
        results[item.code] = replace(result, outcome="no-match", reasons=(), open_keys=(), why=why) if wrong else result
    everywhere = {one.key for item in items for one in asked_fields(item)}
    unknown = [
        FieldProblem(key[:40], key[:40], f"这些事项的导办问题中没有“{key[:40]}”，请删除。")
        for key in given
        if key not in everywhere
    ]
    _settle_alternatives(results, forms)
    _keep_open(results, forms)
    return _best_first(results), [*unknown, *(one for key, one in problems.items() if key not in taken)]


def _also_wrong(item: ServiceItem, given: Mapping[str, Any], today: date) -> list[FieldProblem]:
    """Return answers the item's form does not take, though nothing of the item depends on them."""
    found = []
    for key, value in given.items():
        one = item.form_field(key)
        what = check_value(one, value, today)[1] if one else ""
        if one and what:
            found.append(FieldProblem(key, one.label, f"{one.label}：{what}"))
    return found


def _keep_open(results: dict[str, Result], forms: Mapping[str, Mapping[str, Any]]) -> None:
    """An item whose alternative is still open is open too, unless something was answered that only its own form asks."""
    for code, result in list(results.items()):
        if result.outcome != "fits":
            continue
        for other in results.values():
            is_alternative = any(r.outcome == "other-item" and r.to == other.item.code for r in result.item.routes)
            is_meant = any(other.item.form_field(key) is None for key in forms[code])
            if not is_alternative or is_meant or other.outcome != "undecided":
                continue
            open_keys = [
                key
                for route in other.item.routes
                if route.to == code and route.when is not None
                for key in _open(other.item, route.when, forms[other.item.code])
            ]
            if open_keys:
                results[code] = replace(results[code], outcome="undecided", open_keys=tuple(dict.fromkeys(open_keys)))


def _settle_alternatives(results: dict[str, Result], forms: Mapping[str, Mapping[str, Any]]) -> None:
    """Two items that send applicants to each other are alternatives: where the rule of one is decided and does not hold,
    that one is meant, and the other sends there.
    """
    for code, result in list(results.items()):
        for route in result.item.routes:
            other = results.get(route.to)
            if other is None or route.when is None or route.outcome != "other-item":
                continue
            back = next((r for r in other.item.routes if r.outcome == "other-item" and r.to == code), None)
            is_meant = verdict(result.item, route.when, forms[code]) is False and result.outcome != "no-match"
            if back and is_meant and other.outcome in ("fits", "undecided"):
                results[route.to] = Result(other.item, "other-item", (back,), ())


def _sent_to(results: Iterable[Result]) -> set[str]:
    """Return the items other items send to."""
    return {route.to for one in results for route in one.reasons if one.outcome == "other-item"}


def _best_first(results: Mapping[str, Result]) -> list[Result]:
    sent = _sent_to(results.values())
    order: Mapping[str, int] = {"fits": 0, "undecided": 2}
    return sorted(
        results.values(), key=lambda one: (order.get(one.outcome, 4) - (one.item.code in sent), one.item.code)
    )


def best_of(results: Sequence[Result]) -> str | None:
    """Return the code of the one item that is meant, or None while several may be."""
    fitting = [one.item.code for one in results if one.outcome == "fits"]
    if len(fitting) == 1:
        return fitting[0]
    sent = _sent_to(results)
    open_ones = [one.item.code for one in results if one.outcome == "undecided"]
    likely = [code for code in fitting or open_ones if code in sent]
    return likely[0] if len(likely) == 1 else None


def comparison_json(results: Sequence[Result]) -> dict[str, Any]:
    """Return a comparison, ready for JSON: every item with its outcome, the one that is meant, and what to ask next."""
    best = best_of(results)
    return {
        "best": best,
        "items": [{**_outcome_json(one), "unless": _unless(one.item)} for one in results],
        "ask": [] if best else list(_next_questions(results))[:ASKS_MAX],
    }


def _unless(item: ServiceItem) -> list[dict[str, Any]]:
    return [{"id": f"{item.code}.{key}", **_route_json(route)} for key, route in situations(item).items()]


def _next_questions(results: Sequence[Result]) -> Iterator[dict[str, Any]]:
    """Yield the open questions that decide between items, each once, with the item whose form asks it."""
    seen: set[str] = set()
    open_keys = [key for result in results if result.outcome == "undecided" for key in result.open_keys]
    for result in results:
        for section in form_sections(result.item):
            for question in section["questions"]:
                if question["key"] in open_keys and question["key"] not in seen:
                    seen.add(question["key"])
                    yield {**question, "item_code": result.item.code}
