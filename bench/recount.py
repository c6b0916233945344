"""Every number of an annual report again, from the raw events of an exported trail. Standard library only.

It knows nothing of measures, sums or queries: it reads events and terms, counts days by the verifier's own day count, and
compares. python -m bench.recount EXPORT REPORT.json YEAR
"""

import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from workflow.ledger.verify import Account, Notices, day_of, iso

AUTOMATIC = ("clock", "system", "case")
Counted = Counter[tuple[str, str]]


class Recount:
    """Reads an export line by line; counts each case when its last event has been read."""

    def __init__(self, year: int) -> None:
        self.year, self.numbers, self.months = str(year), Counted(), Counter[tuple[str, str, str]]()
        self.notices, self.terms, self.processes = Notices(), {}, {}
        self.row: Any = None
        self.events: list[Any] = []
        self.as_of = f"{year}-12-31"

    def take(self, line: bytes) -> None:
        entry = json.loads(line)
        kind = entry[0]
        if kind == "event":
            self.events.append(entry[2])
        elif kind == "calendar":
            self.notices.versions.append(entry[1])
        elif kind == "process":
            self.processes[entry[1]] = json.loads(entry[2])
        elif kind == "terms":
            self.terms[entry[1]] = entry[2]
        elif kind in ("case", "end"):
            if self.row is not None:
                self._count()
            self.row, self.events = (entry[1], []) if kind == "case" else (None, [])

    def add(self, query: str, day: str | None, n: int = 1, key: str | None = None) -> None:
        """Count something of this case that belongs to a day."""
        if day is None or day[:4] != self.year or not n:
            return
        item = self.item if key is None else key
        self.numbers[query, item] += n
        self.numbers[query, ""] += n
        self.months[query, item, day[5:7]] += n

    def _count(self) -> None:
        if self.row["kind"] == "permit":
            opened = self.events[0]["data"]["effects"]
            self.item = opened["item_code"]
            self.add("permits", opened["permit"]["valid_from"])
            return
        effects = [event["data"].get("effects", {}) for event in self.events]
        self.item = next(e["item_code"] for e in effects if "item_code" in e)
        digests = [e["terms_digest"] for e in effects if "terms_digest" in e]
        process = self.processes[[e["process_digest"] for e in effects if "process_digest" in e][-1]]
        terms = self.terms[digests[-1]]
        facts = [e["fact"] for e in effects if "fact" in e]
        last = self.events[-1]
        ends = process["states"][last["to"]].get("ends", "")
        if self.row["kind"] == "office":
            if ends == "imposed":
                self.add("revocations", iso(day_of(last["at"])))
            return
        if self.row["kind"] != "procedure":
            return
        newest = max(version["id"] for version in self.notices.versions)
        account = self.notices.account(terms["rules"], facts, last["at"], newest) if facts else None
        if account is None:
            return
        self._intake(account, ends, last)
        self._decision(account, effects, terms, facts, process)

    def _intake(self, account: Account, ends: str, last: Any) -> None:
        self.add("received", iso(account.received))
        self.add("accepted", iso(account.accepted))
        if account.received is not None and account.accepted == account.received:
            silent = any(
                e["data"].get("effects", {}).get("finding", {}).get("code") == "DEEMED_ACCEPTED" for e in self.events
            )
            if silent:
                self.add("deemed_accepted", iso(account.accepted))
        day = iso(day_of(last["at"]))
        names = {"not-accepted": "not_accepted", "not-needed": "not_accepted"}
        for name in ("withdrawn", "returned", "terminated"):
            names[name] = name
        if ends in names:
            self.add(names[ends], day)
        self.ended = day if ends else None

    def _decision(self, account: Account, effects: list[Any], terms: Any, facts: list[Any], process: Any) -> None:
        outcome = next((e["outcome"] for e in effects if "outcome" in e), "")
        decided = next((iso(day_of(f["at"])) for f in facts if f["type"] == "decided"), None)
        if decided is None and outcome:
            decided = iso(account.clocks["renewal"].due)
        today = day_of(self.events[-1]["at"])
        dues = {
            name: iso(account.due(name, c, today))
            for name, c in account.clocks.items()
            if name in ("statutory", "promised")
        }
        statutory = dues.get("statutory")
        is_open = all(day is None or day > self.as_of for day in (decided, self.ended))
        if statutory and statutory < self.as_of and is_open and iso(account.received) <= self.as_of:
            self.numbers["open_and_overdue", ""] += 1
        if not outcome:
            return
        self.add("decided", decided)
        self.add(outcome, decided)
        for due, all_of, within, over in (
            (statutory, "timed", "in_law", "over_law"),
            (dues.get("promised"), "promised", "as_promised", "over_promise"),
        ):
            if due:
                self.add(all_of, decided)
                self.add(within if decided <= due else over, decided)
        corrections = sum(f["type"] == "correction_requested" for f in facts)
        self.add("corrections" if corrections else "first_pass", decided, corrections or 1)
        self.add("hearings", decided, sum(f["type"] == "hearing_record_signed" for f in facts))
        self.add("extended", decided, int(any(f["type"] == "extension_approved" for f in facts)))
        if outcome == "granted" and terms["kind"] == "filing":
            self.add("filings", decided)
        if outcome == "granted" and terms["permit"].get("operation") == "renewal":
            self.add("renewals", decided)
        self._published(account, facts)
        self._days(account, decided, process)

    def _published(self, account: Account, facts: list[Any]) -> None:
        clock = account.clocks.get("publication")
        if clock is not None and clock.ended is not None and any(f["type"] == "published" for f in facts):
            self.add("published", iso(clock.ended))
            if clock.ended <= clock.due:
                self.add("disclosed", iso(clock.ended))

    def _days(self, account: Account, decided: str, process: Any) -> None:
        """Whose working days they were, one day after the other."""
        ended = date.fromisoformat(decided).toordinal()
        statutory = account.clocks.get("statutory")
        spans = account._spans(statutory.start, ended) if statutory else []
        spans = [span for span in spans if not statutory or span[0] <= statutory.due]
        whose: Counter[str] = Counter()
        for day in range(account.received + 1, ended + 1):
            if not account.days.works(day):
                continue
            if any(start < day <= end for start, end in spans):
                whose["paused_days"] += 1
                continue
            state = ""
            for event in self.events:
                if day_of(event["at"]) >= day:
                    break
                state = event["to"]
            task = process["states"].get(state, {}).get("task")
            whose["applicant_days" if task and task["post"] == "applicant" else "office_days"] += 1
        for name, n in whose.items():
            self.add(name, decided, n)
        self.add("paused", decided, whose["paused_days"])
        if statutory:
            self.add("days_used", decided)


def disagreements(lines: Iterable[bytes], report: Any, year: int) -> tuple[list[str], int]:
    """Return (where report and recount differ, how many numbers agree). Alerts, ratings and history are not in events."""
    recount = Recount(year)
    for line in lines:
        recount.take(line)
    said = {(n["query"], n["key"]): n for n in report["numbers"]}
    beyond = {"alerts", "alerts_red", "alerts_upheld", "alerts_lifted", "historical", "ratings"}
    wrong, agreed = [], 0
    for query, key in sorted(set(said) | set(recount.numbers)):
        if query in beyond:
            continue
        value = said.get((query, key), {"value": 0})["value"]
        counted = recount.numbers[query, key]
        if value != counted:
            wrong.append(f"{query} {key or 'in all'}: report {value}, recount {counted}")
            continue
        agreed += 1
        if key and (query, key) in said:
            months = [recount.months[query, key, f"{month:02d}"] for month in range(1, 13)]
            if months != said[query, key]["by_month"]:
                wrong.append(f"{query} {key} by month: report {said[query, key]['by_month']}, recount {months}")
    return wrong, agreed


def main() -> None:
    """Recount an export against a report."""
    path, report, year = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text("utf-8")), int(sys.argv[3])
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        wrong, agreed = disagreements(lines, report, year)
    print("\n".join([*wrong, f"{agreed} numbers agree, {len(wrong)} do not"]))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
