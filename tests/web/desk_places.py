"""The pages of administrators, supervisors and the counter that are looked at with all others, and what makes them full."""

from collections.abc import Iterator

from tests.web.people import Reader
from tests.web.visitors import Site
from workflow.casework.demo import DEPARTMENT

RATED = """
with invited as (
  insert into rating_invitations (case_id, token_hash, invited_at)
  select id, repeat('a', 64), created_at from cases where case_no = %(no)s returning case_id),
rated as (
  insert into ratings (case_id, level, comment, is_anonymous, department, item_code, item_name, handlers, rated_at)
  select c.id, 5, '等了太久', false, c.department, c.item_code, c.item_name, '{clerk1}', c.created_at
    from cases c where c.case_no = %(no)s returning id)
insert into rating_cases (rating_id, state, due_on, opened_at) select id, 'open', '2026-09-08', now() from rated
"""
ASIDE = "update due_dates set quarantined_at = now(), attempts = 5, error = 'KeyError: facts'"


def prepare(site: Site, cases: dict[str, str]) -> None:
    """Make a proposal, a bad rating and something that was put aside."""
    keeper = Reader(site.desk, "catalog1")
    for path, fields in (
        ("/admin/lists/once/entries", {"items": "02", "basis": "津政务〔2026〕1号"}),
        ("/admin/manuals/26/cancel", {"cancelled_from": "2030-01-01", "basis": "津政务〔2026〕2号"}),
    ):
        assert keeper.send(path, fields).status_code == 303
    Reader(site.desk, "catalog2").post("/proposals/1/confirm", page="/proposals/1")
    give = {"department": DEPARTMENT, "post": "reviewer", "because": "增加审查力量"}
    Reader(site.desk, "sysadmin1").send("/admin/people/clerk2/give", give, page="/admin/people/clerk2")
    with site.desk.office.work() as connection:
        connection.exec_driver_sql(RATED, {"no": cases["received"]})
        connection.exec_driver_sql(ASIDE)


def places(cases: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield (who, path, name of the picture or "")."""
    accepted = cases["accepted"]
    yield "clerk1", f"/cases/{accepted}/counter", ""
    yield "clerk1", f"/cases/{accepted}/act/record-service?mode=post", ""
    yield "clerk1", "/ratings", ""
    for path, name in (
        ("/proposals?view=ended", ""),
        ("/proposals/2", ""),
        ("/admin/publish", ""),
        ("/admin/lists/once", ""),
        ("/admin/lists/once/entries", ""),
        ("/admin/lists/once/entries/1/end", ""),
        ("/admin/lists/new", ""),
        ("/admin/papers/refusal-decision", ""),
    ):
        yield "catalog1", path, name
    for path, name in (
        ("/proposals/3", ""),
        ("/admin/people/clerk1", ""),
        ("/admin/calls", ""),
    ):
        yield "sysadmin1", path, name
    yield "supervisor1", "/ratings/1", ""
    yield "supervisor1", "/proposals", ""
