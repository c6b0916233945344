"""Works: what the engine computes for an act besides what a person gives. A closed list, like the guard phrases.

Each returns (what becomes part of the event's data, what becomes part of its effects), or the Reason why not.
Pure: chance comes in as a seed from outside and is written down, so that anyone can repeat a draw.
"""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from workflow.engine.conditions import truth
from workflow.engine.errors import Reason
from workflow.engine.guards import Question
from workflow.engine.roles import acted_as, delegation, human_of
from workflow.engine.service import serve, serve_by_machine
from workflow.engine.units import is_same_unit

Result = tuple[dict[str, Any], dict[str, Any]] | Reason
Work = Callable[[Question], Result]
EXPERT_LAW = "专家评审管理制度"
WORKS: dict[str, Work] = {}
# What of the office's surroundings a work needs; whoever calls the engine gathers only that.
NEEDS: Mapping[str, frozenset[str]] = {
    "draw-experts": frozenset({"experts", "seed", "applicant"}),
    "replace-expert": frozenset({"experts", "seed", "applicant"}),
    "replace-recused": frozenset({"experts", "seed", "applicant"}),
    "check-rules": frozenset({"form", "registers", "seed"}),
    "uphold-recusal": frozenset({"assignee"}),
    "serve": frozenset({"documents"}),
    "serve-by-machine": frozenset({"documents", "applicant"}),
}
PHRASE_NEEDS: Mapping[str, frozenset[str]] = {
    "没有失信记录": frozenset({"registers"}),
    "未在禁止申请期内": frozenset({"bans"}),
    "适用告知承诺": frozenset({"form"}),
    "本人是经办人": frozenset({"assignee"}),
    "送达时间真实": frozenset({"documents"}),
    "公告期已满": frozenset({"documents"}),
    "文书属于本件": frozenset({"documents"}),
    "文书属于本件且尚未送达": frozenset({"documents"}),
}


def _work(name: str) -> Callable[[Work], Work]:
    def register(work: Work) -> Work:
        WORKS[name] = work
        return work

    return register


_work("serve")(serve)
_work("serve-by-machine")(serve_by_machine)


def draw(pool: Sequence[str], count: int, seed: str) -> tuple[str, ...]:
    """Return `count` of the pool by lot: the smallest sha256 of seed and id. Repeatable, and no order helps anyone."""
    return tuple(sorted(pool, key=lambda one: sha256(f"{seed}:{one}".encode()).hexdigest())[:count])


@_work("draw-experts")
def draw_experts(q: Question) -> Result:
    """Draw as many experts as the item asks for, by lot, without those who may not sit in this case."""
    wanted = q.terms.special.get("experts", {})
    count = int(wanted.get("people") or 3)
    return _drawn(q, count, keep=())


@_work("replace-expert")
def replace_expert(q: Question) -> Result:
    """Draw one expert in the place of the one who stands aside; the others stay."""
    keep = tuple(person for person in q.members("experts-drawn.experts") if person != q.actor.id)
    return _drawn(q, len(keep) + 1, keep=keep, gone=q.actor.id)


@_work("replace-recused")
def replace_recused(q: Question) -> Result:
    """Draw experts in the place of those kept out of the case since; the others stay."""
    drawn = q.members("experts-drawn.experts")
    return _drawn(q, len(drawn), keep=tuple(person for person in drawn if not q.is_kept_out(person)))


def _drawn(q: Question, count: int, *, keep: tuple[str, ...], gone: str = "") -> Result:
    pool, left_out = _pool(q, (*keep, *((gone,) if gone else ())))
    missing = count - len(keep)
    if len(pool) < missing:
        text = f"专家库中可以抽取的专家只有 {len(pool)} 人，需要 {missing} 人，请先补充专家库。"
        return Reason("TOO_FEW_EXPERTS", text, EXPERT_LAW, "conflict")
    experts = [*keep, *draw(pool, missing, q.around.seed)]
    method = "按 sha256(种子:专家编号) 由小到大取前若干名"
    return {"experts": experts}, {
        "draw": {"seed": q.around.seed, "pool": pool, "left_out": left_out, "drawn": experts, "method": method}
    }


def _pool(q: Question, already: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return (who may be drawn, in order of id; who may not, with the reason). One human sits once."""
    wanted = set(q.terms.special.get("experts", {}).get("specialities", ()))
    fitting = [expert for expert in q.around.experts if wanted & set(expert["specialities"])] or list(q.around.experts)
    seated = {human_of(q.humans, one) for one in already}
    pool, left_out = [], {}
    for expert in sorted(fitting, key=lambda one: str(one["id"])):
        name, human = expert["id"], human_of(q.humans, expert["id"])
        if name in already:
            continue
        reason = "同一人的另一账号" if human in seated else _why_not(q, expert)
        if reason:
            left_out[name] = reason
        else:
            pool.append(name)
            seated.add(human)
    return pool, left_out


def _why_not(q: Question, expert: Mapping[str, Any]) -> str:
    """Return why an expert may not sit in this case, or "". 行政许可法 5: no interest of their own."""
    name = expert["id"]
    if is_same_unit(expert["unit"], expert.get("unit_code", ""), q.around.applicant, q.around.applicant_code):
        return "所在单位是申请人"
    if expert.get("name") in (q.around.applicant, *q.around.applicant_people):
        return "与申请人或者代表申请人的人同名"
    if q.is_kept_out(name) or any(q.same(name, one) for one in q.collected("recusals")):
        return "已经回避"
    acted = acted_as(q.case, q.humans, name)
    if "applicant" in acted:
        return "本人是申请人"
    return "已经以其他岗位参与本件" if acted - {"expert"} else ""


@_work("publicity-period")
def publicity_period(q: Question) -> Result:
    """Fill in for how many days the notice stays out, from the item's own rule."""
    stage = q.given.get("stage")
    found = next((one for one in q.terms.special.get("publicity", ()) if one["stage"] == stage), None)
    if found is None:
        return {}, {}
    return {"n": found["n"], "unit": found["unit"]}, {}


@_work("note-publicity")
def note_publicity(q: Question) -> Result:
    """Say which notice it was that has run its days."""
    opened = q.mark("publicity-opened")
    return ({"stage": opened["given"].get("stage", "")} if opened else {}), {}


@_work("check-rules")
def check_rules(q: Question) -> Result:
    """Judge every rule of the item's rule set: true, false or unknown, each with what it looked at."""
    auto = q.terms.special.get("auto") or {"version": "", "rules": [], "sample_percent": 0}
    rules = [_judged(rule, q) for rule in auto["rules"]]
    wants_a_person = _asked_for_a_person(q)
    all_true = bool(rules) and all(rule["value"] is True for rule in rules) and not wants_a_person
    share = int(sha256(f"{q.around.seed}:sample".encode()).hexdigest()[:8], 16) % 100
    return {
        "outcome": "all-true" if all_true else "person",
        "rule_set": {"item": q.terms.item_code, "version": auto["version"]},
        "rules": rules,
        "wants_a_person": wants_a_person,
        "sampled": all_true and share < int(auto["sample_percent"]),
        "seed": q.around.seed,
    }, {}


def _asked_for_a_person(q: Question) -> bool:
    mark = q.mark("form-checked")
    return bool(mark and mark["given"].get("wants_a_person"))


def _judged(rule: Mapping[str, Any], q: Question) -> dict[str, Any]:
    """Return one rule with its value and the inputs that made it."""
    judged: dict[str, Any] = {"key": rule["key"], "text": rule["text"]}
    if rule.get("register"):
        found = q.around.registers.get(rule["register"])
        value = None if found is None else found["present"] is rule["present"]
        return {**judged, "value": value, "inputs": {"register": rule["register"], "found": found}}
    condition = rule["holds"]
    inputs = {key: q.around.form.get(key) for key in _fields_of(condition)}
    return {**judged, "value": truth(condition, q.around.form), "inputs": inputs}


def _fields_of(condition: Mapping[str, Any]) -> list[str]:
    parts = [*condition.get("all", ()), *condition.get("any", ())]
    if "not" in condition:
        parts.append(condition["not"])
    own = [condition[key] for key in ("field", "at_least_field", "at_most_field") if key in condition]
    return sorted({*own, *(key for part in parts for key in _fields_of(part))})


@_work("permit-terms")
def permit_terms(q: Question) -> Result:
    """Fill in the last day of the permit this case is about."""
    until = q.terms.permit.get("valid_until")
    return ({"valid_until": until} if until else {}), {}


@_work("assign-receiver")
def assign_receiver(q: Question) -> Result:
    """Put the task into the hands of the one named."""
    return {}, {"assign": q.given["to"]}


@_work("assign-back")
def assign_back(q: Question) -> Result:
    """Give the task back to who handed it on."""
    mark = q.mark("handed-over")
    return {}, {"assign": mark["by"] if mark else None}


@_work("assign-self")
def assign_self(q: Question) -> Result:
    """Take the task back into one's own hands."""
    return {}, {"assign": q.actor.id}


@_work("assign-delegator")
def assign_delegator(q: Question) -> Result:
    """Give the task back to who delegated it; to nobody in particular where they were kept out of the case since."""
    mark = delegation(q.case)
    return {}, {"assign": mark["by"] if mark and not q.is_kept_out(mark["by"]) else None}


@_work("name-self")
def name_self(q: Question) -> Result:
    """Write down that it is about whoever says it."""
    return {"who": q.actor.id}, {"recusal": {"status": "open", "who": q.actor.id, "ground": q.given.get("ground", "")}}


@_work("ask-recusal")
def ask_recusal(q: Question) -> Result:
    """Write down whose recusal is asked for."""
    who = q.given.get("who", "")
    return {}, {"recusal": {"status": "open", "who": who, "ground": q.given.get("ground", "")}, "tells_people": [who]}


@_work("uphold-recusal")
def uphold_recusal(q: Question) -> Result:
    """Keep somebody out: their task falls back to the post, and so does what they delegated or do for another."""
    who = str(q.given.get("who", ""))
    effects: dict[str, Any] = {"recusal": {"status": "upheld", "who": who}, "tells_people": _asked_and(q, who)}
    if q.around.assignee and q.same(q.around.assignee, who):
        effects["assign"] = None
    mark = delegation(q.case)
    if mark and any(q.same(one, who) for one in (mark["by"], mark["given"]["to"])):
        effects |= {"assign": None, "clears": ["delegated", "handed-over"]}
    return {}, effects


@_work("reject-recusal")
def reject_recusal(q: Question) -> Result:
    """Tell whoever asked, and whom it was about."""
    who = str(q.given.get("who", ""))
    told = {"recusal": {"status": "rejected", "who": who}, "tells_people": _asked_and(q, who)}
    return {}, told | {"tells_note": str(q.given.get("reasons", ""))}


def _asked_and(q: Question, who: str) -> list[str]:
    request = q.collected("recusal-requests").get(who)
    return list(dict.fromkeys([*([request["by"]] if request else []), who]))


@_work("add-people")
def add_people(q: Question) -> Result:
    """Join those named now with those named before."""
    before = q.members("countersign-asked.people")
    return {"people": [*before, *(person for person in q.given["people"] if person not in before)]}, {}


@_work("ban-one-year")
def ban_one_year(q: Question) -> Result:
    """许可法78: false material on a matter of public safety shuts the door for a year."""
    return {}, ({"ban": {"years": 1, "law": "行政许可法 第七十八条"}} if q.terms.public_safety else {})


@_work("ban-three-years")
def ban_three_years(q: Question) -> Result:
    """许可法79: a permit of public safety got by fraud shuts the door for three years. The ground may stand in the notice."""
    intended = q.mark("intended")
    ground = q.given.get("ground") or (intended["given"].get("ground") if intended else "")
    is_fraud = ground == "fraud"
    return {}, ({"ban": {"years": 3, "law": "行政许可法 第七十九条"}} if q.terms.public_safety and is_fraud else {})


@_work("open-branches")
def open_branches(q: Question) -> Result:
    """Open every branch whose turn has come: those it waits for have agreed."""
    return {}, _branches_effect(q, {})


@_work("note-branch")
def note_branch(q: Question) -> Result:
    """Write down how a branch ended, and open what waited for it; what waited for a refused one falls away."""
    branch = {"case_no": q.given["case_no"], "outcome": q.given["outcome"], "ended": q.given["at"]}
    return {}, _branches_effect(q, {q.given["branch"]: branch})


def _branches_effect(q: Question, ended: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    known = {key: {**branch, **ended.get(key, {})} for key, branch in q.case.branches.items()}
    changes: dict[str, dict[str, Any]] = {key: dict(branch) for key, branch in ended.items()}
    opened = []
    for branch in q.terms.special.get("branches", ()):
        key = branch["key"]
        if key in known:
            continue
        before = [known.get(other, {}).get("outcome") for other in branch["after"]]
        base = {"name": branch["name"], "item": branch["item"], "department": branch["department"]}
        if all(outcome == "granted" for outcome in before):
            known[key] = changes[key] = {**base, "outcome": ""}
            opened.append(key)
        elif any(outcome not in (None, "", "granted") for outcome in before):
            known[key] = changes[key] = {**base, "outcome": "not-opened"}
    return {"branches": changes, "opens": opened}


@_work("note-branch-time")
def note_branch_time(q: Question) -> Result:
    """Write down whether a branch's own time stands still."""
    return {}, {"branches": {q.given["branch"]: {"paused": q.given["paused"]}}}


@_work("permit-change")
def permit_change(q: Question) -> Result:
    """Write down what holds of the permit from now on."""
    wanted = ("valid_from", "valid_until", "content", "holder", "decision_no")
    return {}, {"permit": {key: q.given[key] for key in wanted if q.given.get(key) is not None}}
