"""What the walk cannot tell from outside, asked of allow() itself: a table written by hand, not from access.yaml."""

from workflow.casework.access import NOTHING, Thing, Who, granted

DEPARTMENT_STAFF = ("reviewer", "approver", "department-head")
ENDED = Thing(owner="owner", phase="ended")
OPEN = Thing(owner="owner", phase="review")
# (who asks, what, may, of which object, allowed)
Check = tuple[Who, str, str, Thing, bool]


def _staff(post: str, *, everywhere: bool = False) -> Who:
    return Who("somebody", "staff", here=() if everywhere else (post,), anywhere=(post,) if everywhere else ())


OWNER, STRANGER = Who("owner", "applicant"), Who("stranger", "applicant")
CHECKS: tuple[Check, ...] = (
    (OWNER, "case", "open", OPEN, True),
    (STRANGER, "case", "open", OPEN, False),
    (OWNER, "task", "list", OPEN, True),
    (STRANGER, "task", "list", OPEN, False),
    (OWNER, "mandate", "list", OPEN, True),
    (STRANGER, "mandate", "list", OPEN, False),
    *((_staff(post), "case", "archive", ENDED, True) for post in DEPARTMENT_STAFF),
    *((_staff(post), "case", "archive", OPEN, False) for post in DEPARTMENT_STAFF),
    (_staff("inspector"), "case", "archive", ENDED, False),
    *((_staff(post, everywhere=True), "case", "unmask", OPEN, True) for post in ("supervisor", "auditor")),
    *((_staff(post, everywhere=True), "case", "unmask", OPEN, False) for post in ("system-admin", "catalogue-admin")),
    *((_staff(post, everywhere=True), "proposal", "answer", NOTHING, True) for post in ("catalogue-admin", "system-admin")),
    *((_staff(post, everywhere=True), "proposal", "answer", NOTHING, False) for post in ("supervisor", "auditor", "reviewer")),
    *((Who("", ""), "session", may, NOTHING, True) for may in ("open", "close")),
    *((_staff(post, everywhere=True), "admin", "look", NOTHING, True) for post in ("auditor", "catalogue-admin", "system-admin")),
    *((_staff(post, everywhere=True), "admin", "manage", NOTHING, True) for post in ("auditor", "system-admin")),
    (_staff("catalogue-admin", everywhere=True), "admin", "manage", NOTHING, False),
    (_staff("system-admin", everywhere=True), "admin", "release", NOTHING, True),
    *((_staff(post, everywhere=True), "admin", "release", NOTHING, False) for post in ("auditor", "catalogue-admin")),
    *((_staff(post), "admin", "look", NOTHING, False) for post in DEPARTMENT_STAFF),
)  # fmt: skip


def differing(what: str | None = None, may: str | None = None) -> str:
    """Return the first check that the matrix answers differently, "" if none does; only those about `what` and `may`."""
    for who, about, act, thing, allowed in CHECKS:
        if (what is None or (about, act) == (what, may)) and (granted(who, about, act, thing) is not None) != allowed:
            return f"{'+'.join((*who.here, *who.anywhere)) or who.kind or 'public'}: {about} {act} should be {allowed}"
    return ""
