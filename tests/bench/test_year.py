"""A small simulated year: every number of its report is found again in the raw events, and its trail is clean."""

from datetime import datetime

import pytest

from bench.recount import disagreements
from bench.year import SEED, YEAR, simulate
from workflow.casework.office import Office
from workflow.engine.dates import SHANGHAI
from workflow.ledger.verify import verify
from workflow.oversight import rollups
from workflow.oversight.annual import SumsDiffer, report
from workflow.oversight.observe import Observer
from workflow.oversight.trail import export
from workflow.store.connect import transaction

AFTER = datetime(YEAR + 1, 3, 1, 9, tzinfo=SHANGHAI)


def test_every_number_of_a_small_year_is_found_again_in_the_raw_events(office: Office) -> None:
    told = simulate(office, 200, SEED)
    assert sum(told.values()) == 200
    Observer(office.engine).observe(AFTER, everything=True)
    lines = list(export(office.engine, made_at=AFTER))
    code, found = verify(lines)
    assert (code, found["findings"]) == (0, [])
    made = report(office.engine, YEAR, today=AFTER.date())
    wrong, agreed = disagreements(lines, made, YEAR)
    assert wrong == [] and agreed > 300
    with transaction(office.engine) as connection:
        assert rollups.differences(connection) == []
        connection.exec_driver_sql("update case_measures set corrections = corrections + 1 where outcome = 'granted'")
    with pytest.raises(SumsDiffer, match="一次通过"):
        report(office.engine, YEAR, today=AFTER.date())
    with transaction(office.engine) as connection:  # sums of false measures agree with them, not with the events
        rollups.mend(connection)
        while rollups.make(connection):
            pass
    wrong, _ = disagreements(lines, report(office.engine, YEAR, today=AFTER.date()), YEAR)
    assert any(line.startswith("corrections") for line in wrong)
