"""Every paper that any process issues, made up to be hard: long names, twenty conditions, rare signs, every field given."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service_catalog.catalog import catalog
from service_catalog.lifecycle import office_terms
from service_catalog.routing import process_of
from service_catalog.terms import stand_ins, terms_of
from tests.service_catalog.builders import TODAY, a_form
from workflow.definitions.loader import processes
from workflow.definitions.official_days import official_calendar
from workflow.engine.asks import options_of
from workflow.engine.case import CaseState
from workflow.engine.commands import SYSTEM, Context
from workflow.engine.dates import SHANGHAI
from workflow.engine.decide import FACT_FIELDS, read
from workflow.engine.model import Action, Ask, Process, Terms
from workflow.ledger.certificates import read_keys
from workflow.papers.certificates import code_of, content_of, payload_of, token_of
from workflow.papers.facts import Issued
from workflow.papers.lint import issued
from workflow.papers.signing import published, signer

NOW = datetime(2026, 9, 1, tzinfo=UTC)
NAME = "滨海" + "示例新材料精细化工物流仓储供应链管理综合服务" * 4 + "㐂龘靐有限公司"
RARE = "𠮷野家、㐂、龘、靐、囍"
CONDITIONS = "\n".join(f"条件{n}：储存品种、数量和场所以附表为准，变动须重新申请，编号 C{n:04d}" for n in range(1, 21))
LONG = "经审查，该单位的安全管理制度、人员资格和应急预案符合规定，现场与申请材料一致。" * 12
AT = "2026-09-24T16:30:00+08:00"
PEOPLE = {"reviewer1": "审查人员甲", "inspector1": "核查员乙", "inspector2": "核查员丙", "expert1": f"专家{RARE[:1]}"}
ITEM_OF = {"joint": "40", "instant": "17", "self-service": "31", "notify-commit": "45", "document-review": "29"}
ITEM_OF |= {"on-site": "02", "expert-review": "03", "public-notice": "37"}
FACTS = (
    {"type": "received", "at": "2026-09-01T09:00:00+08:00", "channel": "online"},
    {"type": "accepted", "at": "2026-09-02T09:00:00+08:00"},
)


def answer(ask: Ask, terms: Terms) -> Any:
    """Return an answer to a question, as long as it may be where it is text."""
    match ask.type:
        case "choice":
            return next(iter(options_of(ask, terms)), "other")
        case "text":
            return CONDITIONS if ask.name in ("conditions", "statement", "record") else f"{LONG}{RARE}"
        case "texts":
            return [f"{NAME}第{n}分公司" for n in range(1, 21)]
        case "people":
            return ["inspector1", "inspector2"]
        case "person":
            return "reviewer1"
        case "date":
            return "2026-10-12"
        case "datetime":
            return AT
        case "flag":
            return True
        case "count":
            return 15
    return [{"material": f"材料{n}：{NAME}", "what": f"第{n}项缺少盖章、签字和日期，{RARE}"} for n in range(1, 13)]


def given(action: Action, terms: Terms) -> dict[str, Any]:
    """Return an answer to everything the action asks."""
    return {ask.name: answer(ask, terms) for ask in action.asks}


def terms_for(process: Process, operation: str = "") -> Terms:
    """Return the terms of some case of this process."""
    permit = {"permit_no": "津开审证02〔2026〕0001号", "valid_until": "2029-08-31"}
    if process.kind == "office":
        return office_terms(catalog().newest("02"), operation or "revoke", process, permit)
    code = ITEM_OF.get(process.slug, "02")
    item = catalog().get(code, TODAY)
    form = a_form(item)
    terms = terms_of(item, form, processes()[process_of(item, form)])
    return terms


def marks_of(process: Process, terms: Terms) -> dict[str, Mapping[str, Any]]:
    """Return every mark of a process, each as its action would leave it."""
    actions = [action for state in process.states.values() for action in state.actions.values()]
    return {
        name: {"by": "reviewer1", "post": "reviewer", "at": AT, "seq": 3, "given": given(action, terms)}
        for action in actions
        for name in action.marks
    }


def fact_of(action: Action, stated: Mapping[str, Any]) -> dict[str, Any]:
    """Return the legal fact the action records."""
    fields = {name: stated[name] for name in FACT_FIELDS.get(action.records, ()) if name in stated}
    fixed = {"by": "department-head", "outcome": "granted", "n": 7, "unit": "working_day", "valid_until": "2029-08-31"}
    wanted = {"extension_approved": ("by",), "decided": ("outcome",), "renewal_filed": ("valid_until",)}
    wanted["publicity_started"] = ("n", "unit")
    more = {name: fixed[name] for name in wanted.get(action.records, ())}
    return {"type": action.records, "at": AT, **fields, **action.fixes, **more}


def every_paper() -> Iterator[Issued]:
    """Yield one paper for every title of every action of every process."""
    for process in processes().values():
        if process.kind == "permit":
            continue
        operations = (
            [""] if process.kind != "office" else ["suspend", "reinstate", "withdraw", "revoke", "forfeit", "cancel"]
        )
        for operation in operations:
            terms = terms_for(process, operation)
            for action, title in issued(process, stand_ins()):
                yield a_paper(process, terms, action, title)


def a_paper(process: Process, terms: Terms, action: Action, title: str) -> Issued:
    """Return one paper with every fact a case may have."""
    opinion = {
        "given": {"conclusion": "pass", "opinion_text": LONG},
        "by": "expert1",
        "post": "expert",
        "at": AT,
        "seq": 5,
    }
    facts = (*FACTS, fact_of(action, given(action, terms))) if action.records else FACTS
    before = CaseState(
        "02-20260901-000001",
        facts=facts,
        marks=marks_of(process, terms),
        collected={"expert-opinions": {"expert1": opinion}},
        branches={branch["key"]: {"outcome": "granted"} for branch in terms.special.get("branches", ())},
        materials={material.code: {} for material in terms.materials[::2]},
    )
    draw = {
        "seed": "5f" * 16,
        "pool": [f"expert{n}" for n in range(1, 30)],
        "left_out": {"expert1": "所在单位是申请人"},
        "drawn": ["expert2", "expert3"],
        "method": "按 sha256(种子:专家编号) 由小到大取前若干名",
    }
    effects: dict[str, Any] = {
        "law": action.law,
        "documents": [{"title": title, "no": "津开审准〔2026〕1号"}],
        "draw": draw,
    }
    effects["finding"] = {"code": action.when or "PROMISE_OVERDUE", "on": "2026-09-24", "text": "承诺时限已经届满。"}
    effects["ban"] = {"years": 1, "law": "行政许可法 第七十八条"}
    state = next(name for name, state in process.states.items() if state.actions.get(action.name) is action)
    event = {
        "case_no": before.case_no,
        "seq": 9,
        "type": action.name,
        "at": AT,
        "actor": {"id": "reviewer1", "name": "审查人员甲", "post": action.by[0]},
        "from": state,
        "to": action.then,
        "data": {**given(action, terms), "experts": ["expert1", "expert2"], "effects": effects},
        "prev_hash": "0" * 64,
        "hash": "a" * 64,
    }
    moment = datetime.fromisoformat(AT).astimezone(SHANGHAI)
    context = Context(moment, official_calendar(), SYSTEM)
    return Issued(
        title=title,
        no="津开审准〔2026〕12345号",
        event=event,
        before=before,
        after=before,
        process=process,
        terms=terms,
        reading=read(terms, before, context),
        calendar=context.calendar,
        applicant={"kind": "organisation", "name": NAME, "id_no": "91120116MA05X2EX70"},
        department=terms.department,
        people=PEOPLE,
        permit={
            "permit_no": "津开审证02〔2026〕0001号",
            "certificate": "危险化学品经营许可证",
            "holder": NAME,
            "content": CONDITIONS,
            "valid_from": "2026-09-24",
            "valid_until": "2029-09-23",
            "decision_no": "津开审准〔2026〕12345号",
        },
        served=(("准予行政许可决定书", "津开审准〔2026〕12345号"),),
    )


FIELDS = (
    ("企业住所", "天津经济技术开发区第三大街" + "示例园区" * 12 + "18号"),
    ("法定代表人", "阿卜杜拉·买买提江·" + "示例" * 4),
    ("经营方式", "批发兼零售"),
    ("储存场所", "南港工业区" * 20),
    ("许可范围", "；".join(f"品种{n}（序号{n:04d}）" for n in range(1, 41))),
    ("变更记录", "2027年1月5日，名称、地址变更为：" + NAME),
    *((f"第{n}个项目", f"{RARE}{n}") for n in range(1, 9)),
)


def made_up(n: int = 1, **changes: Any) -> dict[str, Any]:
    """Return what the n-th made-up certificate says."""
    fields = changes.pop("fields", ())
    permit = {
        "permit_no": f"津开审证02〔2026〕{n:04d}号",
        "certificate": "危险化学品经营许可证",
        "holder": f"{NAME}{n}",
        "content": CONDITIONS,
        "valid_from": "2026-09-01",
        "valid_until": "2029-08-31",
        "decision_no": f"津开审准〔2026〕{n}号",
    }
    return content_of(
        permit | changes,
        code=code_of(f"event {n}"),
        version=1,
        act="open",
        on="2026-09-01",
        organ="天津经济技术开发区政务服务办公室",
        item="危险化学品经营许可证核发（带储存设施）",
        holder_id="91120116MA05X2EX70",
        fields=fields,
    )


def signed(folder: Path, said: Mapping[str, Any], algorithm: str = "Ed25519") -> str:
    """Return the token of a content."""
    key = signer(folder, NOW, algorithm)
    payload = payload_of(said, key)
    return token_of(payload, key.sign(payload))


def public_keys(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the published keys."""
    return read_keys(published(folder))
