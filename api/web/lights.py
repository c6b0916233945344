"""Green, yellow, red: how near a due date is, in working days, with the words that say the same without colour."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from api.web.i18n import said as _
from workflow.casework.office import Office
from workflow.engine.calendar import WorkingCalendar

NEAR_DAYS = 3


@dataclass(frozen=True, slots=True)
class Light:
    """tone: good, warn, bad; text: how many working days are left, or by how many it is late; on: the due date."""

    tone: str
    text: str
    on: str
    days: int


def calendar_of(office: Office) -> WorkingCalendar:
    """Return the calendar in force."""
    with office.look() as connection:
        return office.calendar(connection)


def lights(office: Office, today: date) -> Callable[[str | None], Light | None]:
    """Return a function from a due date to its light; the calendar is asked for once."""
    calendar = calendar_of(office)

    def light(due_on: str | None) -> Light | None:
        if not due_on:
            return None
        due = date.fromisoformat(due_on)
        if due < today:
            late = calendar.working_days_between(due, today)
            return Light("bad", _("已超期 %(n)s 个工作日", n=late), due_on, -late)
        left = calendar.working_days_between(today, due)
        if left == 0:
            return Light("warn", _("今天到期") if due == today else _("下个工作日前到期"), due_on, 0)
        return Light("warn" if left <= NEAR_DAYS else "good", _("还有 %(n)s 个工作日", n=left), due_on, left)

    return light
