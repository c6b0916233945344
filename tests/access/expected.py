"""Who may do what, written by hand and not read from access.yaml: one line a post and relation.

Phases by letter: Draft, Intake, Review, deliVery, After, Ended. `acts` are kinds of act, whatever the phase.
"""

from dataclasses import dataclass, field, replace

LETTERS = {"D": "draft", "I": "intake", "R": "review", "V": "delivery", "A": "after", "E": "ended"}
ALL, OFFICE, OPEN = "DIRVAE", "IRVAE", "IRVA"
STAFF_ACTS = {
    "window-clerk": "submit supply speak accept note deliver serve consent recuse hand-over",
    "reviewer": "note review sign recuse hand-over",
    "inspector": "inspect recuse",
    "expert": "opine recuse",
    "approver": "decide extend sign urge recuse hand-over",
    "department-head": "extend sign decide urge recuse settle hand-over",
    "government-head": "extend recuse settle",
    "legal-reviewer": "examine sign recuse hand-over",
    "hearing-officer": "hear recuse hand-over",
    "supervisor": "urge",
    "auditor": "",
    "catalogue-admin": "",
    "system-admin": "",
}
PARTY_ACTS = "submit commit supply speak withdraw urge consent recuse"
DEPARTMENT = ("reviewer", "approver", "department-head", "government-head", "legal-reviewer", "hearing-officer")
READS = ("read", "form", "events", "clocks", "documents", "actions", "list")


@dataclass(frozen=True)
class Rights:
    """What one person may do with the case of the walk, its permit and its mandate."""

    reads: dict[str, str] = field(default_factory=dict)  # of a case: what -> letters of phases
    files: dict[str, str] = field(default_factory=dict)  # of its materials
    tasks: dict[str, str] = field(default_factory=dict)
    acts: frozenset[str] = frozenset()
    permit: frozenset[str] = frozenset()

    def shows(self, phase: str) -> bool:
        """Return True if the case may be known to exist."""
        return any(phase in self.reads.get(what, "") for what in ("read", "actions"))


def _reads(phases: str, *without: str) -> dict[str, str]:
    return {what: phases for what in READS if what not in without}


def _party(acts: str, *, papers: bool, files: bool = True, permit: str = "") -> Rights:
    reads = _reads(ALL) if papers else _reads(ALL, "documents")
    held = {"list": ALL, "download": ALL} if files else {}
    return Rights(reads, held, {}, frozenset(acts.split()), frozenset(permit.split()))


FOR_ANOTHER = _party(PARTY_ACTS, papers=True, permit="list read certificate apply")
OWNER = replace(FOR_ANOTHER, tasks={"list": ALL})
MANDATED = {
    "all": FOR_ANOTHER,
    "read": _party("", papers=False),
    "submit": _party("submit commit", papers=False, permit="apply"),
    "supply": _party("supply", papers=False),
    "speak": _party("speak urge recuse", papers=False),
    "withdraw": _party("withdraw", papers=False),
    "receive": _party("consent", papers=True, permit="list read certificate"),
}
NOTHING = Rights()


def rights_of(post: str, relation: str) -> Rights:
    """Return what somebody with this post may do, in this relation to the case: everything else is refused."""
    if post == "applicant":
        return OWNER if relation == "own" else NOTHING
    if post == "agent":
        return MANDATED.get(relation, NOTHING)
    if relation in ("gone", "recused"):
        return NOTHING
    acts = frozenset(STAFF_ACTS.get(post, "").split())
    if post in ("supervisor", "auditor"):
        here = relation == "here" or relation == "assigned"
        queue = {"list": ALL} if here else {}
        own = acts if here else frozenset()
        return Rights(_reads(ALL), {"list": ALL}, queue, own, frozenset({"list", "read"}))
    if relation == "there":
        return NOTHING
    if post in DEPARTMENT:
        tasks = {"list": OPEN, "claim": OPEN, "release": OPEN} | (
            {} if post == "government-head" else {"transfer": OPEN}
        )
        permit = {"list", "read", "certificate"} | ({"proceed"} if post == "reviewer" else set())
        return Rights(_reads(OFFICE), {"list": OFFICE, "download": OFFICE}, tasks, acts, frozenset(permit))
    if post == "window-clerk":
        reads = {**_reads("DIV"), "documents": OFFICE, "actions": ALL}
        tasks = {"list": "IV", "claim": "IV", "release": "IV", "transfer": "IV"}
        permit = frozenset({"list", "read", "certificate", "apply"})
        return Rights(reads, {"list": "DI", "download": "DI"}, tasks, acts, permit)
    if relation == "assigned" and post == "inspector":
        tasks = {"list": "RA", "claim": "RA", "release": "RA"}
        return Rights(_reads("RA"), {"list": "RA", "download": "RA"}, tasks, acts)
    if relation == "assigned" and post == "expert":
        tasks = {"list": "R", "claim": "R", "release": "R"}
        return Rights(_reads("R", "events"), {"list": "R", "download": "R"}, tasks, acts)
    return NOTHING


def reads_findings(post: str, relation: str) -> frozenset[str]:
    """Return of which departments ("here", "there") somebody reads the disclosures."""
    if relation in ("gone", "recused") or post not in STAFF_ACTS:
        return frozenset()
    if post in ("supervisor", "auditor"):
        return frozenset({"here", "there"})
    return frozenset({"there" if relation == "there" else "here"})


def reads_ratings(post: str, relation: str) -> frozenset[str]:
    """Return the same of ratings alone: who may be rated, and who oversees."""
    return frozenset() if post in ("expert", "catalogue-admin", "system-admin") else reads_findings(post, relation)


def reads_alerts(post: str, relation: str) -> frozenset[str]:
    """Return of which departments somebody reads the alert: it is of the reviewer there."""
    if post == "reviewer" and relation in ("here", "there"):
        return frozenset({relation})
    return reads_findings(post, relation) if post in ("department-head", "supervisor", "auditor") else frozenset()


OFFICE_POSTS = frozenset(STAFF_ACTS) - {"expert", "system-admin"}
# What needs no object: (object, action) -> posts. "*": everybody, without logging in; "+": whoever has an account.
PLAIN: dict[tuple[str, str], frozenset[str]] = {
    ("catalogue", "read"): frozenset("*"),
    ("list", "read"): frozenset("*"),
    ("calendar", "read"): frozenset("*"),
    ("public", "read"): frozenset("*"),
    ("public", "calculate"): frozenset("*"),
    ("session", "open"): frozenset("*"),
    ("session", "close"): frozenset("*"),
    ("system", "watch"): frozenset("*"),
    ("system", "describe"): frozenset("*"),
    ("account", "register"): frozenset("*"),
    ("account", "own"): frozenset("+"),
    ("message", "list"): frozenset("+"),
    ("message", "mark"): frozenset("+"),
    ("message", "reach"): frozenset("+"),
    ("account", "confirm"): frozenset({"window-clerk"}),
    ("account", "deactivate"): frozenset({"system-admin"}),
    ("webhook", "read"): frozenset({"system-admin"}),
    ("webhook", "replay"): frozenset({"system-admin"}),
    ("catalogue", "change"): frozenset({"catalogue-admin"}),
    ("list", "change"): frozenset({"catalogue-admin"}),
    ("calendar", "load"): frozenset({"catalogue-admin"}),
    ("calendar", "changes"): frozenset({"catalogue-admin", "supervisor", "auditor"}),
    ("statistics", "read"): OFFICE_POSTS,
    ("supervision", "read"): frozenset({"supervisor", "auditor"}),
    ("supervision", "rules"): frozenset(STAFF_ACTS),
    ("alert", "list"): frozenset(STAFF_ACTS),
    ("alert", "explain"): frozenset(STAFF_ACTS),
    ("alert", "judge"): frozenset({"supervisor"}),
    ("disclosure", "list"): frozenset(STAFF_ACTS),
    ("disclosure", "order"): frozenset({"approver", "department-head"}),
    ("supervision", "assess"): frozenset({"supervisor"}),
    ("account", "log"): frozenset({"auditor", "system-admin"}),
    ("admin", "look"): frozenset({"catalogue-admin", "system-admin", "auditor"}),
    ("admin", "manage"): frozenset({"system-admin", "auditor"}),
    ("admin", "release"): frozenset({"system-admin"}),
    ("rating", "give"): frozenset("*"),
    ("rating", "list"): frozenset(STAFF_ACTS) - {"expert", "catalogue-admin", "system-admin"},
    ("rating", "handle"): frozenset(STAFF_ACTS),
    ("proposal", "list"): frozenset({"supervisor", "auditor", "catalogue-admin", "system-admin"}),
    ("proposal", "propose"): frozenset({"catalogue-admin", "system-admin"}),
    ("proposal", "answer"): frozenset({"catalogue-admin", "system-admin"}),
    ("post", "list"): frozenset({"supervisor", "auditor", "system-admin"}),
    ("post", "change"): frozenset({"system-admin"}),
    ("mandate", "grant"): frozenset({"applicant"}),
    ("mandate", "list"): frozenset({"applicant", "agent"}),
    ("case", "open"): frozenset({"applicant", "agent", "window-clerk"}),
}
