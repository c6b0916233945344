"""What an adverse decision must tell its addressee: where and until when to seek review or sue.

The text depends on the kind of decision and on its date: since 2024-01-01 the revised 行政复议法 applies.
"""

from datetime import date
from typing import Literal

from workflow.engine.calendar import WorkingCalendar

REVIEW_LAW_2023_IN_FORCE = date(2024, 1, 1)
REVIEW_DAYS, SUIT_MONTHS = 60, 6  # 行政复议法 20; 行政诉讼法 46
RemedyKind = Literal["refusal", "not-accepted", "termination", "decision"]


def remedy_days(served_on: date, calendar: WorkingCalendar) -> tuple[date, date]:
    """Return the last days on which review may be asked for, and the court, of a decision its addressee had on that day.

    The day itself is not counted; a last day that is off rolls to the next working day (行政复议法 88; 行政诉讼法 101, 民诉法85).
    """
    return calendar.due(served_on, REVIEW_DAYS, "calendar_day"), calendar.due(served_on, SUIT_MONTHS, "month")


def remedies_text(kind: RemedyKind, on: date) -> str:
    """Return the remedies sentence (Chinese) for a decision made on that day.

    行政复议法（2023） 20: 60 days from knowing the act; 行政诉讼法 46: six months.
    """
    subject = {
        "refusal": "本不予许可决定",
        "not-accepted": "本不予受理决定",
        "termination": "本终止审查决定",
        "decision": "本决定",
    }[kind]
    if on >= REVIEW_LAW_2023_IN_FORCE:
        review = "可以自知道本决定之日起六十日内，依照《中华人民共和国行政复议法》（2023年修订）第二十条申请行政复议"
    else:
        review = "可以自知道本决定之日起六十日内，依照《中华人民共和国行政复议法》第九条申请行政复议"
    suit = (
        "也可以自知道或者应当知道本决定之日起六个月内，依照《中华人民共和国行政诉讼法》第四十六条直接向人民法院提起诉讼"
    )
    return f"如对{subject}不服，{review}；{suit}。"
