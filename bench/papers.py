"""How many papers a second on one core, against a bare typst compile of a trivial page in the same run.

    python -m bench.papers [SECONDS]

A paper is composed into words and drawn as PDF/A, as a worker does it; files and rows are not part of it. Certificates are
signed and drawn, one copy each. Ratios, because machines differ: each line is divided by the bare compile beside it.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import typst

from tests.papers.issuing import FIELDS, every_paper, made_up, signed
from workflow.papers.certificates import certificate_pdf
from workflow.papers.compose import compose
from workflow.papers.html import html
from workflow.papers.pdf import FONTS, STANDARD, paper_pdf

ID_NO = "91120116MA05X2EX70"
TRIVIAL = """#set document(date: datetime(year: 2026, month: 9, day: 1, hour: 0, minute: 0, second: 0))
#set text(font: "Noto Sans SC")
你好 #sys.inputs.n"""


def rate(work: Callable[[int], object], seconds: float) -> float:
    """Return how often a second the work was done, after a warm-up of a fifth of the time."""
    for limit in (seconds / 5, seconds):
        begun, done = time.process_time(), 0
        while time.process_time() - begun < limit:
            work(done)
            done += 1
    return done / (time.process_time() - begun)


def main() -> None:
    """Print one line a kind of work."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "trivial.typ"
        page.write_text(TRIVIAL, encoding="utf-8")
        compiler = typst.Compiler(
            input=str(page), root=folder, font_paths=[str(FONTS / "notosanssc")], ignore_system_fonts=True
        )
        bare = rate(lambda n: compiler.compile(sys_inputs={"n": str(n)}, pdf_standards=STANDARD), seconds)
        print(f"{'bare compile of a trivial page':34} {bare:8.1f} a second   1.00")
        issued = list(every_paper())
        plain = [paper for paper in issued if paper.title in ("受理通知书", "准予行政许可决定书", "送达回证")]
        contents = {id(paper): compose(paper) for paper in issued}
        key = Path(folder) / "signing"
        rest = (
            ("papers composed and drawn, all kinds", lambda p: paper_pdf({**compose(p), "no": p.no}, ID_NO), issued),
            ("papers composed and drawn, common", lambda p: paper_pdf(compose(p), ID_NO), plain),
            ("pages (HTML)", lambda p: html(contents[id(p)], ID_NO), issued),
            (
                "certificates, one copy",
                lambda n: certificate_pdf(
                    made_up(n, fields=FIELDS[:6]),
                    token=signed(key, made_up(n, fields=FIELDS[:6])),
                    address="https://example.invalid",
                    copy="duplicate",
                ),
                range(1, 500),
            ),
        )
        for name, work, over in rest:
            turn = cycle(over)
            found = rate(lambda n, work=work, turn=turn: work(next(turn)), seconds)
            print(f"{name:34} {found:8.1f} a second   {found / bare:.2f}")


if __name__ == "__main__":
    main()
