"""What is counted, once and for all: one definition makes the sums, opens the cases behind them, and says the rule."""

from collections.abc import Mapping
from dataclasses import dataclass

CASES = "case_measures m"
STEPS = "case_steps s join case_measures m using (case_id)"
PERMITS = "permits p join case_measures m on m.case_id = p.case_id"
PAUSES = "case_measures m cross join lateral jsonb_each_text(m.paused) g(ground, days)"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. on: the day it belongs to; where: which rows; value: what is summed; detail, ground: kept apart by them.

    rule: in words, for people. unit: what one of it is.
    """

    name: str
    title: str
    on: str
    rule: str
    where: str = "m.kind = 'procedure'"
    value: str = "count(*)"
    detail: str = "0"
    ground: str = "''"
    source: str = CASES
    person: str = "''"
    post: str = "''"
    step: str = "''"
    unit: str = "件"


def _of_cases(
    name: str, title: str, on: str, rule: str, where: str = "", value: str = "count(*)", **more: str
) -> Figure:
    both = "m.kind = 'procedure'" + (f" and {where}" if where else "")
    person = "m.decided_by" if on == "decided_on" else "''"
    return Figure(name, title, f"m.{on}", rule, both, value, person=person, **more)


DECIDED = "以作出决定的日期计入"
_ALL = (
    _of_cases("received", "收件", "received_on", "以法律上的收件日期计入（法释〔2009〕20号 第六条；民法典 第二百零三条）"),
    _of_cases("accepted", "受理", "accepted_on", "以受理生效日期计入；逾期不告知视为受理的，自收件之日（行政许可法 第三十二条）"),
    _of_cases("deemed_accepted", "逾期视为受理", "accepted_on", "受理因逾期未告知补正而发生（行政许可法 第三十二条第一款第四项）", "m.is_deemed"),
    _of_cases("decided", "办结（作出决定）", "decided_on", DECIDED),
    _of_cases("granted", "准予", "decided_on", DECIDED, "m.outcome = 'granted'"),
    _of_cases("refused", "不予", "decided_on", DECIDED, "m.outcome = 'refused'"),
    _of_cases("timed", "有法定期限的办结", "decided_on", "作出决定时有法定期限（行政许可法 第四十二条）", "m.in_law is not null"),
    _of_cases("in_law", "法定期限内办结", "decided_on", "决定日期不晚于法定到期日；依法扣除的时间不计（行政许可法 第四十二条、第四十五条）", "m.in_law"),
    _of_cases("over_law", "超过法定期限办结", "decided_on", "决定日期晚于法定到期日", "not m.in_law"),
    _of_cases("promised", "有承诺期限的办结", "decided_on", "作出决定时有承诺期限（优化营商环境条例 第三十六条）", "m.as_promised is not null"),
    _of_cases("as_promised", "承诺期限内办结", "decided_on", "决定日期不晚于承诺到期日", "m.as_promised"),
    _of_cases("over_promise", "超过承诺期限办结", "decided_on", "决定日期晚于承诺到期日", "not m.as_promised"),
    _of_cases("first_pass", "一次通过", "decided_on", "办结且从未要求补正", "m.corrections = 0"),
    _of_cases("corrections", "补正次数", "decided_on", "办结的办件中一次性告知补正的次数之和", "m.corrections > 0", "sum(m.corrections)", unit="次"),
    _of_cases("days_used", "所用工作日", "decided_on", "自受理次日至决定日的工作日，依法扣除的不计；中位数和九十分位数由此得出", "m.working_days is not null", detail="m.working_days"),
    _of_cases("office_days", "机关用时", "decided_on", "收件次日至决定日的工作日中，开始时由机关办理的", "m.office_days > 0", "sum(m.office_days)", unit="个工作日"),
    _of_cases("applicant_days", "申请人用时", "decided_on", "收件次日至决定日的工作日中，开始时等待申请人的", "m.applicant_days > 0", "sum(m.applicant_days)", unit="个工作日"),
    _of_cases("paused_days", "扣除的时间", "decided_on", "收件次日至决定日的工作日中依法扣除的（行政许可法 第四十五条）", "m.paused_days > 0", "sum(m.paused_days)", unit="个工作日"),
    _of_cases("paused", "扣除的时间（按事由）", "decided_on", "同上，按扣除的事由分列", "m.paused_days > 0", "sum(g.days::integer)", source=PAUSES, ground="g.ground", unit="个工作日"),
    _of_cases("hearings", "听证", "decided_on", "办结的办件中举行听证的次数之和（行政许可法 第四十六条、第四十七条）", "m.hearings > 0", "sum(m.hearings)", unit="次"),
    _of_cases("extended", "延期", "decided_on", "经批准延长期限的办结（行政许可法 第四十二条）", "m.is_extended"),
    _of_cases("filings", "备案", "decided_on", "备案类事项准予", "m.service = 'filing' and m.outcome = 'granted'"),
    _of_cases("renewals", "延续", "decided_on", "准予延续，含视为准予延续（行政许可法 第五十条）", "m.operation = 'renewal' and m.outcome = 'granted'"),
    _of_cases("not_accepted", "不予受理", "ended_on", "以不予受理或者告知不受理的日期计入（行政许可法 第三十二条）", "m.ended_as in ('not-accepted', 'not-needed')"),
    _of_cases("withdrawn", "撤回申请", "ended_on", "以撤回的日期计入", "m.ended_as = 'withdrawn'"),
    _of_cases("returned", "退件", "ended_on", "逾期未补正作退件处理", "m.ended_as = 'returned'"),
    _of_cases("terminated", "终止办理", "ended_on", "以终止办理的日期计入", "m.ended_as = 'terminated'"),
    _of_cases("published", "决定已公开", "published_on", "以公开日期计入（双公示）", "m.published_on is not null"),
    _of_cases("disclosed", "按期公开", "published_on", "公开日期不晚于双公示期限（发改办财金〔2018〕424号：七个工作日）", "m.is_disclosed"),
    Figure("permits", "发放证照", "p.issued_on", "以证照签发日期计入；每一准予决定一件", "true", source=PERMITS),
    Figure("revocations", "撤销、撤回、吊销、注销", "m.ended_on", "依职权处理证照的程序，以决定生效日期计入（行政许可法 第八条、第六十九条、第七十条）", "m.kind = 'office' and m.ended_as = 'imposed'"),
    Figure("steps", "环节用时", "s.left_on", "每一环节从进入次日到离开日的工作日；离开的日期和办理人计入", "m.kind = 'procedure' and s.state <> 'draft'", "count(*)", "s.working_days", "''", STEPS, "s.person", "s.post", "s.state", "次"),
)  # fmt: skip
FIGURES: Mapping[str, Figure] = {figure.name: figure for figure in _ALL}
DIMENSIONS = ("department", "item", "person", "process", "post", "step")


def dimensions_of(figure: Figure) -> dict[str, str]:
    """Return the dimensions a figure is summed by, each with the column that tells its rows apart."""
    every = {"department": "m.department", "item": "m.item_code", "process": "m.process"}
    own = {"person": figure.person, "post": figure.post, "step": figure.step}
    return every | {name: column for name, column in own.items() if column != "''"}
