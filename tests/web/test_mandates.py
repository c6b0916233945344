"""代办委托 by its page: given, used, ended, run out; and what is said where there is none."""

import re

from tests.infrastructure.desk import Desk
from tests.story.test_item_02 import APPLICANT
from tests.web.people import Reader, words

PATH = "/my/mandates"
GIVEN = {"form.agent": "agent1", "form.scope": "all", "form.valid_until": "2026-12-31"}
SUBMIT = {"form.verbs": "submit"}


def gives(grantor: Reader, **more: str) -> None:
    """Give agent1 a mandate by the page; it has to succeed."""
    answer = grantor.send(PATH, GIVEN | SUBMIT | {f"form.{key}": text for key, text in more.items()})
    assert answer.status_code == 303, words(answer.text)[:800]


def party(**more: str) -> dict[str, str]:
    """Return the first step as a browser sends it."""
    return {f"applicant.{key}": text for key, text in APPLICANT.items()} | more


def test_an_agent_applies_in_the_grantors_name_and_either_ends_it(desk: Desk) -> None:
    grantor, agent = Reader(desk, "applicant1"), Reader(desk, "agent1")
    nobody = agent.page("/items/29/apply")
    assert "还没有人委托您" in nobody and "applicant.name" not in nobody and "agent1" in agent.page(PATH)
    gives(grantor, note="经办人")
    assert "已委托" in grantor.page(PATH) and "填写、提交申请" in words(grantor.page(PATH))
    assert "别人委托我的" in agent.page(PATH) and "经办人" in agent.page(PATH)
    first = agent.page("/items/29/apply")
    assert "您为 滨海示例化工贸易有限公司 代办" in first and 'name="for" value="applicant1"' in first
    opened = agent.send("/items/29/apply", party(**{"for": "applicant1"}))
    case_no = re.search(r"/cases/([^/]+)/edit", opened.headers["Location"]).group(1)  # type: ignore[union-attr]
    assert case_no in grantor.page("/my/cases")
    assert case_no in agent.page("/my/cases") and "滨海示例化工贸易有限公司" in agent.page("/my/cases")
    end = re.search(rf'action="({PATH}/\d+/end)"', agent.page(PATH)).group(1)  # type: ignore[union-attr]
    assert Reader(desk, "applicant2").send(end, {}, page=PATH).status_code == 404
    assert agent.client.post(end).status_code == 400  # no token
    stale = agent.page("/items/29/apply")
    assert grantor.send(end, {}, page=PATH).status_code == 303
    assert (
        "已终止" in grantor.page(PATH) and f"{end}" not in grantor.page(PATH) and case_no not in agent.page("/my/cases")
    )
    token = re.search(r'csrf_token" value="([^"]+)"', stale).group(1)  # type: ignore[union-attr]
    late = agent.client.post("/items/29/apply", data=party(**{"for": "applicant1", "csrf_token": token}))
    assert late.status_code == 403


def test_a_mandate_that_has_run_out_says_so(desk: Desk) -> None:
    gives(Reader(desk, "applicant1"), valid_until="2026-09-01")
    desk.at("2026-09-02T09:00:00")
    for who in ("applicant1", "agent1"):
        page = Reader(desk, who).page(PATH)
        assert "已到期" in page and "确认终止" not in page, who


def test_an_applicant_who_is_an_agent_too_chooses_for_whom(desk: Desk) -> None:
    gives(Reader(desk, "applicant1"), agent="applicant2", scope="item", item_code="29")
    other = Reader(desk, "applicant2")
    assert 'name="for"' not in other.page("/items/29/apply") and "本人" in other.page("/items/29/apply")
    assert 'name="for" value="applicant1"' in other.page("/items/29/apply?for=applicant1")
    assert "为谁申请" not in other.page("/items/02/apply?for=applicant1")
    refused = other.post("/items/02/apply", party(**{"for": "applicant1"}))
    assert refused.status_code == 403  # never turned into a case of one's own
    assert "还没有办件" in other.page("/my/cases")


def test_what_is_wrong_with_a_mandate_is_told_beside_its_field(desk: Desk) -> None:
    grantor = Reader(desk, "applicant1")
    for more, field in (
        ({"form.agent": ""}, "agent"),
        ({"form.agent": "clerk1"}, "agent"),
        ({"form.scope": ""}, "scope"),
        ({"form.scope": "item"}, "item_code"),
        ({"form.scope": "case"}, "case_no"),
        ({"form.valid_until": "2026-08-31"}, "valid_until"),
        ({"form.valid_until": "明年"}, "valid_until"),
    ):
        answer = grantor.send(PATH, GIVEN | SUBMIT | more)
        assert answer.status_code == 422 and f'id="q-form-{field}-error"' in answer.text, (
            more,
            words(answer.text)[:400],
        )
    assert "还没有委托别人" in grantor.page(PATH)
    unknown = GIVEN | {"form.scope": "case", "form.case_no": "02-20260901-999999"}
    assert grantor.send(PATH, unknown).status_code == 404
    assert Reader(desk, "agent1").send(PATH, GIVEN | SUBMIT).status_code == 403  # an agent grants nothing on
