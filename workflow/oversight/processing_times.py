"""Open data: how long each item really takes. Nobody can be found in it: items with few decisions are left out."""

from datetime import date
from typing import Any

from sqlalchemy import Engine

from workflow.oversight import rollups
from workflow.oversight.timeliness import percentiles
from workflow.store.connect import reading

LEAST = 5  # decisions, so that no number speaks of one applicant
NAMES = "select item_code, item_name from item_names where item_code = any(%(codes)s)"


def processing_times(engine: Engine, year: int) -> dict[str, Any]:
    """Return {year, unit, least, rule, items: [{item_code, name, decided, median, p90, within_promise}]}."""
    figures = ("decided", "days_used", "promised", "as_promised")
    with reading(engine) as connection:
        rows = rollups.read(connection, date(year, 1, 1), date(year, 12, 31), by="item", figures=figures)
        codes = sorted({row.key for row in rows})
        names = {row.item_code: row.item_name for row in connection.exec_driver_sql(NAMES, {"codes": codes})}
    items = []
    for code in codes:
        mine = [row for row in rows if row.key == code]
        count = {name: sum(row.n for row in mine if row.figure == name) for name in figures}
        if count["decided"] < LEAST:
            continue
        days = percentiles([(row.detail, row.n) for row in mine if row.figure == "days_used"])
        items.append(
            {
                "item_code": code,
                "name": names.get(code, code),
                "decided": count["decided"],
                "median_working_days": days.get("median"),
                "p90_working_days": days.get("p90"),
                "within_promise": count["as_promised"],
            }
        )
    rule = "自受理次日至决定日的工作日，依法扣除的时间不计；办结不足5件的事项不列"
    return {"year": year, "unit": "working_day", "least": LEAST, "rule": rule, "items": items}
