"""An office of five years: a million cases and ten million events, copied in the database from one real case.

46 items of the catalogue with their own frequency, 16 departments, 64 officers. Cases lie in the order of time, as in a real
office; events, stays, permits, alerts, open tasks and measures agree with each other. The sums are made by the real job.
"""

import time
from collections.abc import Mapping
from datetime import date, timedelta

from bench.verify import story
from service_catalog.catalog import catalog
from workflow.casework.office import Office
from workflow.oversight import rollups
from workflow.store.connect import Connection, transaction

TODAY, YEARS, LOT = date(2026, 12, 31), 5, 100_000
DEPARTMENTS, OFFICERS_EACH = 16, 4
PEOPLE = """
insert into people (id, kind, name, active)
select 'officer' || n, 'staff', '经办人' || n, true from generate_series(0, %(last)s) n
"""
# What is true of each case, once: everything below is copied from it. Ids grow with time, as in a real office.
FACTS = """
create unlogged table facts as
select g, i.code, i.name, i.process, '部门' || i.n %% 16 as department, 'officer' || i.n %% 16 * 4 + 2 + g %% 2 as decider,
       i.n %% 16 * 4 as officers, received, received + 24 as promised, received + 28 as statutory, used,
       case when is_open then null when fate < 4 then 'withdrawn' when fate < 6 then 'not-accepted' when fate < 10 then 'refused'
            else 'granted' end as ended_as,
       case when is_open then null else ends end as ended
  from (select g, received, used, fate, ends, g %% 2000 = 0 or ends > %(today)s as is_open,
               floor(46 * power((g::bigint * 7919 %% 10007) / 10007.0, 1.5))::int as item
          from (select g, received, g * 31 %% 20 as used, g * 13 %% 100 as fate,
                       received + case when g * 17 %% 100 < 2 then 31 else g * 31 %% 20 + g * 31 %% 20 / 5 * 2 end as ends
                  from (select g, %(begun)s::date + (g::bigint * %(days)s / %(count)s)::int as received
                          from generate_series(2, %(count)s) g) a) b) c
  join items_of i on i.n = c.item
"""
CASE = """
insert into cases ({columns}) overriding system value select {values} from cases t, facts f
 where t.id = 1 and f.g between %(first)s and %(last)s order by f.g
"""
CASE_VALUES = {
    "id": "f.g",
    "case_no": "'b-' || f.g",
    "item_code": "f.code",
    "item_name": "f.name",
    "process": "f.process",
    "department": "f.department",
    "state": "case when f.ended is null then 'in-review' else 'ended' end",
    "phase": "case when f.ended is null then 'review' else 'ended' end",
    "version": "10",
    "head": "md5(f.g || '-10') || md5('10-' || f.g)",
    "snapshot": "'{}'",
    "received_at": "f.received + time '10:00'",
    "accepted_on": "case when f.ended_as is distinct from 'not-accepted' then f.received end",
    "decided_on": "case when f.ended_as in ('granted', 'refused') then f.ended end",
    "outcome": "case when f.ended_as in ('granted', 'refused') then f.ended_as end",
    "statutory_due": "f.statutory",
    "promised_due": "f.promised",
    "created_at": "f.received + time '10:00'",
    "updated_at": "coalesce(f.ended, f.received) + time '12:00'",
    "permit_id": "null",
}
EVENT = """
insert into events (case_id, seq, type, at, actor_id, hash, body)
select f.g, n, t.type, f.received + time '10:00' + n * interval '1 hour', t.actor_id, h,
       t.body || jsonb_build_object('seq', n, 'hash', h, 'case_no', 'b-' || f.g)
  from facts f cross join generate_series(1, 10) n join events t on t.case_id = 1 and t.seq = (n - 1) %% 7 + 1,
       lateral (select md5(f.g || '-' || n) || md5(n || '-' || f.g) as h) made
 where f.g between %(first)s and %(last)s order by f.g, n
"""
MEASURE = """
insert into case_measures (case_id, version, head, looked_on, kind, service, item_code, process, department, is_open,
    received_on, accepted_on, is_deemed, decided_on, outcome, decided_by, ended_on, ended_as, published_on, is_disclosed,
    statutory_due, promised_due, in_law, as_promised, working_days, office_days, applicant_days, paused_days, paused, corrections,
    hearings, is_extended)
select c.id, c.version, c.head, %(today)s, 'procedure', 'licence', c.item_code, c.process, c.department, f.ended is null,
       f.received, c.accepted_on, f.g %% 50 = 0, c.decided_on, c.outcome, f.decider, f.ended, coalesce(f.ended_as, ''),
       c.decided_on + 3, case when c.decided_on is not null then f.g %% 30 > 0 end,
       c.statutory_due, c.promised_due, c.decided_on <= c.statutory_due, c.decided_on <= c.promised_due,
       case when c.decided_on is not null then f.used end, f.used / 2, f.used / 3, case when f.g %% 12 = 0 then 5 else 0 end,
       case when f.g %% 12 = 0 then '{"hearing": 5}'::jsonb else '{}' end, (f.g %% 10 = 0)::int, (f.g %% 12 = 0)::int, f.g %% 40 = 0
  from facts f join cases c on c.id = f.g where f.g between %(first)s and %(last)s order by f.g
"""
STAY = """
insert into case_steps (case_id, seq, state, post, person, entered_on, left_on, working_days)
select f.g, n + 1, (array['received', 'in-review', 'to-decide', 'to-deliver'])[n],
       (array['window-clerk', 'reviewer', 'approver', 'window-clerk'])[n], 'officer' || f.officers + (array[0, 1, 2 + f.g %% 2, 0])[n],
       f.received + (n - 1) * 2, f.received + n * 2, f.used * n %% 5
  from facts f cross join generate_series(1, 4) n where f.ended is not null and f.g between %(first)s and %(last)s order by f.g, n
"""
PERMIT = """
insert into permits (permit_no, case_id, item_code, item_name, certificate, holder, holder_id_no, department, issued_on,
    valid_from, decision_no)
select 'p-' || g, g, code, name, '证', '', '', department, ended, ended, 'd-' || g
  from facts where ended_as = 'granted' and g between %(first)s and %(last)s order by g
"""
TASK = """
insert into tasks (case_id, opened_seq, state, department, post, title, assignee, due_on, opened_at, claimed_at)
select g, 10, 'in-review', department, 'reviewer', '审查并提出意见', case when g %% 3 > 0 then 'officer' || officers + g %% 3 end,
       promised, received + time '10:00', case when g %% 3 > 0 then received + time '11:00' end
  from facts where ended is null and g between %(first)s and %(last)s order by g
"""
ALERT = """
insert into alerts (key, code, name, level, case_id, department, person, shown_on, text, law, verified, evidence, status, raised_at)
select 'promise-overdue|b-' || g, 'promise-overdue', '超过承诺期限', 'red', g, department, decider, promised + 1, '超过承诺期限',
       '优化营商环境条例 第三十六条', true, jsonb_build_array(jsonb_build_object('case_no', 'b-' || g, 'seq', 10,
       'hash', md5(g || '-10') || md5('10-' || g))), case when g %% 25 = 0 then 'open' else 'upheld' end, promised + time '10:00'
  from facts where (ended is null or ended > promised) and promised < %(today)s and g between %(first)s and %(last)s order by g
"""
DAYS = """
insert into sum_days select distinct day from (
    select unnest(array[received_on, accepted_on, decided_on, ended_on, published_on]) as day from case_measures
    union select left_on from case_steps union select issued_on from permits) d where day is not null on conflict do nothing
"""
NAMES = "insert into item_names select code, name, max(g) from facts group by 1, 2 on conflict do nothing"


def fill(office: Office, count: int) -> None:
    """Make so many cases with everything that follows from them; say how long each part took."""
    story(office)  # case 1, seven events
    begun = TODAY.replace(year=TODAY.year - YEARS) + timedelta(days=1)
    given = {"count": count, "begun": begun, "days": (TODAY - begun).days + 1, "today": TODAY}
    with transaction(office.engine) as connection:
        _items(connection)
        connection.exec_driver_sql(PEOPLE, {"last": DEPARTMENTS * OFFICERS_EACH - 1})
        connection.exec_driver_sql(FACTS, given)
        connection.exec_driver_sql("create index on facts (g)")
        connection.exec_driver_sql("alter table events drop constraint events_hash_key")  # made again below, in one go
        columns = _columns(connection)
    case = CASE.format(columns=", ".join(columns), values=", ".join(CASE_VALUES.get(c, f"t.{c}") for c in columns))
    for name, sql in (
        ("cases", case),
        ("events", EVENT),
        ("measures", MEASURE),
        ("stays", STAY),
        ("permits", PERMIT),
        ("tasks", TASK),
        ("alerts", ALERT),
    ):
        _in_lots(office, name, sql, count, {"today": TODAY})
    started = time.perf_counter()
    with transaction(office.engine) as connection:
        connection.exec_driver_sql("alter table events add unique (hash)")
        connection.exec_driver_sql(DAYS)
        connection.exec_driver_sql(NAMES)
    with office.look() as connection:
        connection.exec_driver_sql("vacuum analyze")
    print(f"index on hashes, vacuum: {time.perf_counter() - started:.0f} s")


def _in_lots(office: Office, name: str, sql: str, count: int, given: Mapping[str, object]) -> None:
    started = time.perf_counter()
    for first in range(1, count + 1, LOT):
        with transaction(office.engine) as connection:
            connection.exec_driver_sql(
                "set local session_replication_role = replica"
            )  # rows are sound, not asked one by one
            connection.exec_driver_sql(sql, {**given, "first": first, "last": min(first + LOT - 1, count)})
    print(f"{name}: {time.perf_counter() - started:.0f} s", flush=True)


def _items(connection: Connection) -> None:
    connection.exec_driver_sql("create unlogged table items_of (n integer, code text, name text, process text)")
    for n, code in enumerate(sorted(catalog().items)):
        item = catalog().newest(code)
        connection.exec_driver_sql(
            "insert into items_of values (%(n)s, %(code)s, %(name)s, %(process)s)",
            {"n": n, "code": code, "name": item.name_zh, "process": item.process},
        )


def _columns(connection: Connection) -> list[str]:
    return connection.exec_driver_sql(
        "select attname from pg_attribute where attrelid = 'cases'::regclass and attnum > 0 and not attisdropped"
        " and attgenerated = '' order by attnum"
    ).scalars()


def make_sums(office: Office) -> None:
    """Make the sums of all days by the job that makes them; say how long."""
    started, days = time.perf_counter(), 0
    while True:
        with transaction(office.engine) as connection:
            made = rollups.make(connection)
        if not made:
            break
        days += made
    with office.look() as connection:
        connection.exec_driver_sql("vacuum analyze sums")
    print(f"sums of {days:,} days: {time.perf_counter() - started:.0f} s")
