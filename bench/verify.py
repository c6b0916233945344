"""How fast the verifier is: a copied case, chained anew, beside a bare loop of json.loads and sha256. One core.

python -m bench.verify [EVENTS]: processor seconds, peak memory; a clean trail of that many events must raise nothing.
"""

import copy
import hashlib
import json
import resource
import sys
import time
from collections.abc import Iterator
from typing import Any

from bench.office import APPLICANT, database
from service_catalog.catalog import catalog
from service_catalog.terms import terms_of
from workflow.casework.act import ActRequest, act
from workflow.casework.now import now
from workflow.casework.office import Office
from workflow.casework.submit import OpenRequest, open_and_submit
from workflow.definitions.loader import processes
from workflow.engine.dates import SHANGHAI
from workflow.ledger import verify as verifier
from workflow.ledger.chain import canonical, link
from workflow.oversight.trail import export

EVENTS = 1_000_000
STEPS = (
    ("accept", "clerk1", {}),
    ("request-extension", "reviewer1", {"reason": "情况复杂"}),
    ("extend", "head1", {"reason": "情况复杂", "reason_notified": True}),
    ("propose", "reviewer1", {"conclusion": "grant", "findings": "依照标准审查"}),
    ("grant", "approver1", {}),
)


def story(office: Office) -> list[bytes]:
    """Return the export of one real case in this office."""
    from dataclasses import replace
    from datetime import datetime

    begun = datetime(2026, 9, 1, 10, 0, tzinfo=SHANGHAI)
    process = processes()["document-review"]
    terms = terms_of(catalog().newest("02"), {}, processes()["on-site"])
    terms = replace(
        terms,
        process=process.slug,
        process_version=process.version,
        process_digest=process.digest,
        materials=(),
        special={},
        legal_review=False,
        result={"certificate": "", "validity": None},
    ).sealed()
    request = OpenRequest("applicant1", "applicant", "applicant1", terms, APPLICANT, {}, submit=True)
    case_no = open_and_submit(office, request, process, begun).case["case_no"]
    for action, who, data in STEPS:
        act(office, ActRequest(case_no, action, who, data), begun.replace(hour=begun.hour + 1))
    return list(export(office.engine, made_at=now()))


def copies(lines: list[bytes], count: int) -> Iterator[bytes]:
    """Yield an export of `count` events: the case of `lines` over and over, under other numbers, chained anew."""
    head = [line for line in lines if not line.startswith((b'["case"', b'["event"', b'["end"', b'["counter"'))]
    row = next(json.loads(line)[1] for line in lines if line.startswith(b'["case"'))
    events = [json.loads(line)[2] for line in lines if line.startswith(b'["event"')]
    cases = -(-count // len(events))
    papers = {title: no.partition("〕")[0] for _, title, no in row["documents"]}
    each = {organ: [t for t in papers if papers[t] == organ] for organ in papers.values()}
    for organ, titles in each.items():
        name, _, year = organ.partition("〔")
        head.append((json.dumps(["counter", name, int(year), "", cases * len(titles)]) + "\n").encode())
    yield from head
    for number in range(cases):
        yield from _copy(row, events, number, papers, each)
    yield (json.dumps(["end", {"cases": cases, "events": cases * len(events)}]) + "\n").encode()


def _copy(row: Any, events: list[Any], number: int, papers: Any, each: Any) -> Iterator[bytes]:
    case_no, previous, sealed, numbers = f"b-{number}", "0" * 64, [], []
    decision = None
    for plain in events:
        event = copy.copy(plain)
        event["case_no"], event["prev_hash"] = case_no, previous
        documents = event["data"].get("effects", {}).get("documents", ())
        for document in documents:
            organ, title = papers[document["title"]], document["title"]
            count = len(each[organ])
            document["no"] = f"{organ}〕{number * count + each[organ].index(title) + 1}号"
            numbers.append([event["seq"], title, document["no"]])
        if "outcome" in event["data"].get("effects", {}):
            decision = {**row["decision"], "document_no": documents[0]["no"]}
        previous = link(event)
        sealed.append(b'["event","' + previous.encode() + b'",' + canonical(event) + b"]\n")
    snapshot = {**row["snapshot"], "case_no": case_no, "head": previous}
    made = {**row, "case_no": case_no, "head": previous, "snapshot": snapshot, "documents": numbers}
    yield (json.dumps(["case", {**made, "decision": decision}], ensure_ascii=False) + "\n").encode()
    yield from sealed


def barely(lines: list[bytes]) -> None:
    """The yardstick: read every line, hash the bytes of every event. Nothing is judged."""
    for line in lines:
        json.loads(line)
        hashlib.sha256(line[76:-2]).hexdigest()


def main() -> None:
    """Print the figures."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with database() as (url, _folder):
        office = Office.connect(url, pool_size=2)
        lines = story(office)
        office.close()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    code, report = verifier.verify(copies(lines, wanted))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"{report['events']:,} events in one pass: exit {code}, {report['false']} false, memory grew by {grown:,} kB")
    assert code == 0, report
    sample = list(copies(lines, 50_000))
    for turn in range(3):
        begun = time.process_time()
        barely(sample)
        bare = time.process_time() - begun
        begun = time.process_time()
        code, report = verifier.verify(sample)
        ours = time.process_time() - begun
        assert code == 0, report
        count = report["events"]
        print(f"run {turn + 1}: {count / ours:,.0f} events/s, bare loop {count / bare:,.0f}: {bare / ours:.0%} of it")
    events = len([line for line in lines if line.startswith(b'["event"')])
    print(f"a case has {events} events of {sum(map(len, sample)) // len(sample)} bytes")


if __name__ == "__main__":
    main()
