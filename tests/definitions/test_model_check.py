"""Faults planted in every process are found, each with its file, its law and the shortest path; ours are clean."""

from pathlib import Path

import pytest

from workflow.definitions.lint import lint_file, lint_folder
from workflow.definitions.loader import HERE, TABLES

INTAKE, REVIEW, DELIVERY, TIMING = "parts/intake.yaml", "parts/review.yaml", "parts/delivery.yaml", "parts/timing.yaml"
STAFF, HEARING, EXPERTS, PUBLICITY = (
    "parts/staff.yaml",
    "parts/hearing.yaml",
    "parts/experts.yaml",
    "parts/publicity.yaml",
)
VERIFICATION, REVOCATION = "parts/verification.yaml", "parts/revocation.yaml"
NOT_ACCEPTED = """\
          remedies: {name: 救济途径, type: text}
        records: withdrawn
        issues: 不予受理决定书
"""
DELIVER = """\
        records: delivered
        marks: delivered
        issues: 送达回证
        tells: applicant
        then: delivered
"""
EXTEND = """\
    needs: [期限尚未届满, 只延期一次, 由有权负责人批准, 理由已告知申请人]
    asks:
      reason: {name: 延长期限的理由, type: text, required: true}
"""


def test_ours_are_clean() -> None:
    assert [str(finding) for finding in lint_folder()] == []


def a_copy(folder: Path, file: str, old: str, new: str) -> Path:
    """Return a folder with all our definitions, in which one piece of one file was replaced wherever it stands."""
    (folder / "parts").mkdir()
    for path in [*HERE.glob("parts/*.yaml"), *HERE.glob("*.yaml")]:
        (folder / path.relative_to(HERE)).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    target = folder / file
    text = target.read_text(encoding="utf-8")
    assert old in text, "the fault has nowhere to go"
    target.write_text(text.replace(old, new), encoding="utf-8")
    return folder


# process, file, what is there, what stands there instead, what is said of it, the end of the path
FAULTS = [
    ("document-review", INTAKE, NOT_ACCEPTED, NOT_ACCEPTED.replace("        records: withdrawn\n", ""),
     "the clock correction（补正告知）is still running", "submit > not-accepted"),
    ("document-review", INTAKE, "        when: DEEMED_ACCEPTED", "        when: PROMISE_NEAR",
     "nothing happens here on DEEMED_ACCEPTED", "submit"),
    ("document-review", INTAKE, "        when: RESUBMISSION_LAPSED", "        when: PROMISE_NEAR",
     "nothing happens here on RESUBMISSION_LAPSED", "submit > ask-corrections"),
    ("document-review", INTAKE, "        needs: [尚未要求补正, 缺项已全部列明]\n", "        needs: 尚未要求补正\n",
     "lacks `缺项已全部列明`", "submit > ask-corrections"),
    ("document-review", INTAKE, "        needs: [已说明理由, 已指明有权机关, 已告知救济途径,",
     "        needs: [已指明有权机关, 已告知救济途径,", "lacks `已说明理由`", "submit > not-accepted"),
    ("document-review", INTAKE, "      reasons: {name: 事实和理由, type: text, required: true}\n", "",
     "`已说明理由` judges reasons, which is not asked for", "submit > terminate"),
    ("document-review", INTAKE, "  - [window-clerk, approver]\n", "",
     "one person could act as window-clerk (accept: accepts) and as approver", "submit > accept > refuse-for-fraud"),
    ("document-review", REVIEW, "已告知救济途径, 已说明所依据的技术标准（如经检验检测）, ", "已说明所依据的技术标准（如经检验检测）, ",
     "lacks `已告知救济途径`", "accept > propose > refuse"),
    ("document-review", REVIEW, "        records: resumed\n", "",
     "the pause begun by suspended never ends", "submit > accept > pause"),
    ("document-review", REVIEW, "        when: SUSPENSION_DAYS_USED_UP", "        when: PROMISE_NEAR",
     "nothing happens here on SUSPENSION_DAYS_USED_UP", "submit > accept > pause"),
    ("document-review", REVIEW, "        clears: [opinion, legal-review-passed]\n", "        clears: opinion\n",
     "takes opinion away and leaves legal-review-passed", "pass-legal-review > recall-opinion"),
    ("document-review", REVIEW, "        marks: legal-review-passed\n", "",
     "`法制审核已通过（如需）` can never hold: no action ever leaves legal-review-passed", "propose > grant"),
    ("document-review", REVIEW, "        marks: opinion\n", "        marks: [opinion, partly]\n",
     "leaves partly, which nothing in this process looks at", "submit > accept > propose"),
    ("document-review", REVIEW, "        clears: [opinion, legal-review-passed]\n",
     "        clears: [opinion, legal-review-passed, experts-drawn]\n",
     "clears experts-drawn, which no action leaves behind", "propose > recall-opinion"),
    ("document-review", REVIEW, "    task: {for: legal-reviewer, title: 法制审核}", "    task: {for: reviewer, title: 法制审核}",
     "the task is for reviewer, who can do nothing here", "propose > ask-legal-review"),
    ("document-review", REVIEW, "        needs: 会签人均已会签\n        tells: reviewer\n        then: in-review\n",
     "        needs: 会签人均已会签\n        tells: reviewer\n        then: countersigning\n",
     "the system can go round for ever: end-countersign", "ask-countersign > end-countersign"),
    ("document-review", REVIEW, "        needs: [本人在会签人之中, 本人尚未会签]\n", "        needs: 本人在会签人之中\n",
     "lacks `本人尚未会签`", "ask-countersign > countersign"),
    ("document-review", REVIEW, "        needs: [审查意见已提交, 需要转报上级机关, ",
     "        needs: [审查意见已提交, 需要转报上级机关, 由本机关决定, ",
     "never hold together", "accept > propose > forward"),
    ("document-review", TIMING, "  - [reviewer, department-head]\n", "",
     "asks for an extension) and as department-head (extend: approves the extension)", "request-extension > extend"),
    ("document-review", REVIEW, "需要转报上级机关, 没有待决定的回避申请]", "需要转报上级机关]",
     "lacks `没有待决定的回避申请`", "propose > forward"),
    ("document-review", STAFF, "接办人可以办理, 代班期限在规定之内]", "接办人可以办理]", "lacks `代班期限在规定之内`", "submit > delegate"),
    ("document-review", STAFF, "        when: DELEGATION_ENDED".replace("        ", "    "), "    when: STATEMENT_LAPSED",
     "STATEMENT_LAPSED can never arise here", "submit > delegation-over"),
    ("document-review", "parts/recusal.yaml", "needs: [有回避申请待决定, 回避申请待决定, 由有权负责人决定回避]",
     "needs: [有回避申请待决定, 回避申请待决定]", "lacks `由有权负责人决定回避`", "submit > uphold-recusal"),
    ("document-review", REVIEW, "        then: legal-review\n", "        then: proposed\n",
     "no action leads to this state", ""),
    ("document-review", TIMING, EXTEND, EXTEND.replace("期限尚未届满, ", ""), "lacks `期限尚未届满`", "submit > accept > extend"),
    ("document-review", TIMING, "    when: STATUTORY_OVERDUE", "    when: STATEMENT_LAPSED",
     "STATEMENT_LAPSED can never arise here", "submit > accept > overdue"),
    ("document-review", STAFF, "    needs: [本人是经办人, 本人不是代班人, 接办人可以办理]\n", "    needs: [本人是经办人, 本人不是代班人]\n",
     "lacks `接办人可以办理`", "submit > transfer"),
    ("document-review", DELIVERY, DELIVER, DELIVER.replace("        records: delivered\n", ""),
     "the clock delivery（送达）is still running when the case ends", "deliver > publish-on-delivery > close"),
    ("document-review", DELIVERY, "        needs: [已送达, 尚未公开]\n", "        needs: 已送达\n",
     "the system can go round for ever: publish-on-delivery", "deliver > publish-on-delivery"),
    ("document-review", DELIVERY, "        needs: [已送达, 已公开]\n        then: closed",
     "        needs: [已送达, 已公开]\n        then: delivered", "the case can never end from here", "propose > grant"),
    ("document-review", HEARING, "        when: HEARING_REQUEST_LAPSED", "        when: HEARING_OVERDUE",
     "nothing happens here on HEARING_REQUEST_LAPSED", "accept > serve-hearing-rights"),
    ("public-notice", HEARING, "  - [hearing-officer, reviewer]\n", "",
     "sign-hearing-record: holds the hearing) and as reviewer (propose: proposes)", "sign-hearing-record > propose"),
    ("public-notice", PUBLICITY, "        when: PUBLICITY_ENDED", "        when: STATEMENT_LAPSED",
     "STATEMENT_LAPSED can never arise here: nothing before it starts that clock", "accept > publicise > end-publicity"),
    ("public-notice", PUBLICITY, "        collects: publicities\n        collects-by: stage\n",
     "        collects: publicities\n        collects-by: place\n", "collects by place, which is not asked for",
     "publicise > end-publicity"),
    ("expert-review", EXPERTS, "        marks: experts-drawn\n        issues: 专家抽取记录\n        tells: expert\n",
     "        issues: 专家抽取记录\n        tells: expert\n",
     "the task is for the people of experts-drawn, which is not there on this way", "notify-expert-review > draw-experts"),
    ("expert-review", EXPERTS, "        collects: expert-opinions\n", "",
     "`专家意见达到法定人数` can never hold: no action ever leaves expert-opinions", "conclude-review"),
    ("expert-review", EXPERTS, "本人已承诺保密和无利害关系, 本人尚未提交评审意见]", "本人尚未提交评审意见]",
     "lacks `本人已承诺保密和无利害关系`", "draw-experts > give-opinion"),
    ("expert-review", EXPERTS, "  - [expert, reviewer]\n", "", "gives an expert opinion) and as reviewer", "give-opinion > propose"),
    ("expert-review", EXPERTS, "        by: reviewer\n        asks:\n          reason: {name: 原因,",
     "        by: applicant\n        asks:\n          reason: {name: 原因,",
     "only the applicant can move the case on, and no clock ends the wait", "ask-revision"),
    ("on-site", "parts/visit.yaml", "由另一名核查人员确认, 记录结论为符合]", "记录结论为符合]",
     "lacks `由另一名核查人员确认`", "record-visit > confirm-pass"),
    ("on-site", "parts/visit.yaml", "        clears: visit-recorded\n        tells: [inspector, reviewer]",
     "        clears: [visit-recorded, visit-ordered]\n        tells: [inspector, reviewer]",
     "the task is for the people of visit-ordered, which is not there on this way",
     "confirm-rectification > report-rectification"),
    ("on-site", "parts/visit.yaml", "rectify: 需要整改, fail: 不符合}", "rectify: 需要整改, fail: 不符合, later: 另行核查}",
     "the answer 'later' to conclusion leads nowhere", "start-visit > record-visit"),
    ("on-site", "parts/visit.yaml", "        fixes: {ground: rectification}\n", "        fixes: {ground: on-site}\n",
     "time paused for rectification（整改）does not run again", "rectification-lapsed > propose"),
    ("on-site", "parts/visit.yaml", "          inspectors: {name: 核查人员, type: people, required: true, least: 2}\n",
     "          officers: {name: 核查人员, type: people, required: true, least: 2}\n",
     "leaves visit-ordered without saying inspectors", "accept > plan-visit"),
    ("on-site", "parts/visit.yaml", "      cancel-visit:\n        name: 取消本次核查任务\n        by: reviewer\n",
     "      withdraw:\n        name: 取消本次核查任务\n        by: reviewer\n",
     "hides the across action of this name from applicant", None),
    ("on-site", "parts/visit.yaml", "        then: visit-recorded\n", "        then: visiting\n",
     "from here the case can only be given up, never decided", "plan-visit > start-visit"),
    ("instant", "instant.yaml", "        needs: [备案事项, 已说明理由, 已告知救济途径, ", "        needs: [备案事项, 已说明理由, ",
     "lacks `已告知救济途径`", "submit > refuse-filing"),
    ("instant", "instant.yaml", "law: 行政许可法 第三十四条第二款、第五十六条", "law: 行政许可法 第五十六条",
     "in a process that does not decide on the spot", "accept > grant"),
    ("document-review", REVIEW, "        records: decided\n        decides: granted\n",
     "        records: decided\n        decides: granted\n        one-hand: window-clerk\n",
     "in a process that does not decide on the spot", "propose > grant"),
    ("instant", "instant.yaml", "        when: PROMISE_OVERDUE\n", "        when: PROMISE_NEAR\n",
     "nothing happens here on PROMISE_OVERDUE", "submit > accept"),
    ("instant", "instant.yaml", "        needs: [告知书所列缺项已补齐, 备案事项]\n        records: resubmitted\n",
     "        needs: [告知书所列缺项已补齐, 备案事项]\n        records: delivered\n",
     "lacks `送达情况已记录`", "ask-corrections > resubmit-filing"),
    ("self-service", "self-service.yaml", "        needs: 尚未核对规则\n        does", "        does",
     "the system can go round for ever: check-rules", "submit > check-rules"),
    ("self-service", "self-service.yaml", "        needs: 规则全部通过\n        issues: 转人工记录\n",
     "        needs: [规则全部通过, 由本机关决定]\n        issues: 转人工记录\n",
     "nobody is here and no system action may be possible", "submit > check-rules"),
    ("self-service", "self-service.yaml", "抽中事后抽查, 决定为准予]", "抽中事后抽查]",
     "revokes a permit that was not granted on this way", "make-statement > revoke"),
    ("self-service", "self-service.yaml", "        needs: [已送达, 已公开, 决定为不予]\n",
     "        needs: [已送达, 已公开, 决定为不予, 未抽中事后抽查]\n",
     "nobody is here and no system action may be possible", "deliver > publish-on-delivery"),
    ("notify-commit", "notify-commit.yaml", "        needs: [已送达, 已公开, 决定为不予]\n",
     "        needs: [已送达, 已公开, 决定为不予, 没有作出承诺]\n",
     "nobody is here and no system action may be possible", "refuse-for-fraud > deliver > publish-on-delivery"),
    ("notify-commit", "notify-commit.yaml",
     "          reason: {name: 原因, type: text, required: true}\n        tells: [reviewer, applicant]",
     "          reason: {name: 原因, type: text, required: true}\n        clears: committed\n        tells: [reviewer, applicant]",
     "the clock post-verification（事后核查）is still running", "publish-on-delivery > close"),
    ("notify-commit", VERIFICATION, "        when: RECTIFICATION_OVERDUE\n        records: verified\n",
     "        when: RECTIFICATION_OVERDUE\n", "the clock post-verification（事后核查）is still running",
     "correction-lapsed > drop-revocation"),
    ("notify-commit", VERIFICATION, "由另一名事后核查人员确认, 事后核查结论为不属实]", "事后核查结论为不属实]",
     "lacks `由另一名事后核查人员确认`", "record-verification > confirm-false"),
    ("notify-commit", REVOCATION, "        when: STATEMENT_LAPSED", "        when: PROMISE_OVERDUE",
     "nothing happens here on STATEMENT_LAPSED", "announce-revocation"),
    ("notify-commit", REVOCATION, "        needs: [已告知并听取陈述申辩, 已说明理由, 已告知救济途径, 撤销",
     "        needs: [已说明理由, 已告知救济途径, 撤销", "lacks `已告知并听取陈述申辩`", "make-statement > revoke"),
    ("joint", "joint.yaml", "        records: resumed\n        clears: paused\n        issues: 联审意见汇总\n",
     "        clears: paused\n        issues: 联审意见汇总\n", "does not run again before the case waits for its decision",
     "pause > join"),
    ("joint", "joint.yaml", "        once: true\n        does: open-branches\n", "        does: open-branches\n",
     "the system can go round for ever: dispatch", "submit > accept > dispatch"),
    ("joint", "joint.yaml", "        does: open-branches\n", "", "no action ever leaves branches", "accept > join"),
    ("joint", "joint.yaml", "        needs: [已送达, 已公开, 不是部分办结]\n", "        needs: [已送达, 已公开, 各分支均同意]\n",
     "nobody is here and no system action may be possible, where not 各分支均同意", "deliver > publish-on-delivery"),
    ("joint", "joint.yaml", "        marks: partly\n", "", "`是部分办结` can never hold", "close-split"),
    ("branch", TIMING, "  - [reviewer, approver]\n", "", "one person could act as reviewer (propose", "propose > agree"),
    ("document-review", "document-review.yaml", "staff: 3\n", "staff: 2\n",
     "with 2 people nobody could ever finish: 3 are needed, because posts are kept apart", "publish-on-delivery > close"),
    ("branch", "branch.yaml", "    records: withdrawn\n", "", "the clock statutory（法定办结）is still running", "take-over > call-off"),
    ("permit", "permit.yaml", "        then: cancelled\n", "        then: expired\n", "the case can never end from here", None),
    ("permit", "permit.yaml", "      forfeit:\n", "      confiscate:\n", "no state knows this operation", ""),
    ("permit-action", "permit-action.yaml", "        needs: [已告知并听取陈述申辩, 已说明理由, 已告知救济途径, ",
     "        needs: [已说明理由, 已告知救济途径, ", "lacks `已告知并听取陈述申辩`", "propose-directly > impose"),
    ("permit-action", "permit-action.yaml", "          remedies: {name: 救济途径, type: text}\n", "",
     "`已告知救济途径` judges remedies, which is not asked for", "propose-directly > impose"),
    ("permit-action", "permit-action.yaml",
     "        by: clock\n        when: STATEMENT_LAPSED\n        marks: heard\n",
     "        by: window-clerk\n        marks: heard\n", "nothing happens here on STATEMENT_LAPSED", "announce"),
]  # fmt: skip


@pytest.mark.parametrize(("slug", "file", "old", "new", "what", "path"), FAULTS)
def test_a_planted_fault_is_found_with_its_path(
    tmp_path: Path, slug: str, file: str, old: str, new: str, what: str, path: str | None
) -> None:
    folder = a_copy(tmp_path, file, old, new)
    found = lint_file(folder / f"{slug}.yaml", parts=folder / "parts")
    said = [finding for finding in found if what in finding.what]
    assert said, [str(finding) for finding in found]
    paths = [" > ".join(finding.path) for finding in said]
    assert path is None or any(one.endswith(path) and bool(one) == bool(path) for one in paths), paths
    assert all(finding.file in (file, f"{slug}.yaml") or finding.line for finding in said)


def test_faults_were_planted_in_every_process() -> None:
    assert {slug for slug, *_ in FAULTS} == {path.stem for path in HERE.glob("*.yaml")} - TABLES


def test_a_fault_in_a_part_is_told_once_and_names_the_part(tmp_path: Path) -> None:
    folder = a_copy(tmp_path, INTAKE, NOT_ACCEPTED, NOT_ACCEPTED.replace("        records: withdrawn\n", ""))
    found = [finding for finding in lint_folder(folder) if "clock correction" in finding.what]
    assert [(finding.file, finding.path) for finding in found] == [
        ("parts/intake.yaml", ("submit", "not-accepted")),
        ("parts/intake.yaml", ("take-over", "not-accepted")),  # the same at another line: self-service receives so
    ]
    line = (folder / INTAKE).read_text("utf-8").splitlines()[found[0].line - 1]
    assert line.strip() == "submit:"


def test_an_across_action_names_only_states_there_are(tmp_path: Path) -> None:
    folder = a_copy(tmp_path, TIMING, "    during: review\n", "    during: review\n    besides: nowhere\n")
    assert "unknown state 'nowhere'" in lint_file(folder / "on-site.yaml", parts=folder / "parts")[0].what
