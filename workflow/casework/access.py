"""The one place that decides who may do what: allow() for one object, where() for lists, both from access.yaml.

What is decided on comes with the row itself (workflow.store.access), read in the transaction of the read or the act.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from workflow.casework.errors import NotFound, RefusedError
from workflow.casework.people import Person
from workflow.definitions.access import ACT, ANYONE, STAFF, Line, Sees, matrix
from workflow.engine.errors import Reason, Refused
from workflow.engine.vocabulary import POSTS
from workflow.store.access import MANDATE, assigned, mandate_covers, recused
from workflow.store.connect import Row
from workflow.store.posts import VALID_TODAY

READING = frozenset({"list", "read", "form", "events", "clocks", "documents", "actions", "download"})
IN_PERSON = ("own", "mandated")  # what a person may do for themselves or for their grantor, whatever posts they hold
PUBLIC = "public"
NAMES = {**POSTS, STAFF: "工作人员", ANYONE: "登录用户"}


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks: the posts held in the department of the object, and those that count in every department."""

    id: str
    kind: str
    here: Collection[str] = ()
    anywhere: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Thing:
    """What is asked for. verbs: what a mandate from its owner allows the one who asks. phase: "" where it has none."""

    owner: str | None = None
    phase: str = ""
    verbs: Collection[str] = ()
    assigned: bool = False
    recused: bool = False


NOTHING = Thing()


@dataclass(frozen=True, slots=True)
class Grant:
    """Allowed: as which post, through which relation, and how personal data is seen."""

    post: str
    whose: str
    sees: Sees

    @property
    def in_full(self) -> bool:
        """Return True if personal data is shown."""
        return self.sees == "full"

    @property
    def for_another(self) -> bool:
        """Return True for an agent."""
        return self.whose == "mandated"


NO_GRANT = Grant("", "", "masked")


def who_of(row: Row, person: str) -> Who:
    """Return who asks, from the columns of workflow.store.access.facts()."""
    return Who(person, row.a_kind or "", row.a_posts, row.a_anywhere)


def thing_of(row: Row, phase: str | None = None) -> Thing:
    """Return the object of a row with those columns."""
    return Thing(row.owner, row.phase if phase is None else phase, row.a_verbs, row.a_assigned, row.a_recused)


def allow(who: Who, what: str, may: str, thing: Thing = NOTHING, *, in_any_phase: bool = False) -> Grant:
    """Return the grant. Raises NotFound where the object is not for their eyes, RefusedError (forbidden) otherwise.

    in_any_phase: whether it would be theirs in some phase of the case.
    """
    found = granted(who, what, may, thing, in_any_phase=in_any_phase)
    if found is not None:
        return found
    if thing is not NOTHING and (may in READING or not shown(who, what, thing)):
        raise NotFound(what)
    raise refusal(what, may)


def granted(who: Who, what: str, may: str, thing: Thing = NOTHING, *, in_any_phase: bool = False) -> Grant | None:
    """Return the best grant (nearest relation, full before masked), or None."""
    best: Line | None = None
    for line in matrix().of(what, may):
        if not in_any_phase and line.phases and thing.phase not in line.phases:
            continue
        if _holds(line, who, thing) and (best is None or (best.sees == "masked" and line.sees == "full")):
            best = line
    return Grant(best.post, best.whose, best.sees) if best else None


def shown(who: Who, what: str, thing: Thing) -> bool:
    """Return True if this person may know that the object exists."""
    return any(granted(who, what, action, thing) for action in matrix().what[what].shows)


def could(person: Person | None, what: str, may: str) -> bool:
    """Return True if some line gives this to a post of theirs, whatever the object. None: somebody nobody knows."""
    held = {PUBLIC} if person is None else {*_by_kind(person.kind), *(post for _, post in person.posts)}
    if (what, may) == ACT:
        return any(line.post in held and line.what == "case" for line in matrix().lines)
    return any(line.post in held for line in matrix().of(what, may))


def refusal(what: str, may: str) -> RefusedError:
    """Return the answer to somebody without the post: what they asked for, and whose it is."""
    resource = matrix().what[what]
    posts = "、".join(NAMES.get(post, post) for post in matrix().posts(what, may))
    text = f"{resource.name}的“{resource.may[may]}”由{posts}办理，您没有这个岗位或者没有这项授权。"
    return RefusedError(Refused((Reason("WRONG_POST", text, "", "forbidden"),)))


def _holds(line: Line, who: Who, thing: Thing) -> bool:
    if line.whose in IN_PERSON:
        if line.post not in _by_kind(who.kind):
            return False
        return line.under in thing.verbs if line.whose == "mandated" else thing.owner == who.id
    if line.whose == "none":
        return line.post in who.anywhere or line.post in who.here or line.post in _by_kind(who.kind)
    if thing.recused:
        return False
    if line.whose == "all":
        return line.post in who.anywhere
    is_here = bool(who.here) if line.post == STAFF else line.post in who.here
    return is_here and (line.whose == "department" or thing.assigned)


def _by_kind(kind: str) -> tuple[str, ...]:
    """Return the posts that come with an account, without anybody giving them."""
    held = {"applicant": ("applicant", "agent", ANYONE), "agent": ("agent", ANYONE), "staff": (STAFF, ANYONE)}
    return (*held.get(kind, ()), PUBLIC)


# ---- lists


@dataclass(frozen=True, slots=True)
class Where:
    """A condition over rows, and in_full: one over the same rows that says whether personal data is shown.

    Both are over the parameters `person` and `today`.
    """

    sql: str
    in_full: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a list finds what the matrix asks about. phase: None where its objects have none."""

    owner: str
    department: str
    item_code: str
    case: str
    phase: str | None = None


CASES = Columns("c.owner", "c.department", "c.item_code", "c.id", "c.phase")
PERMITS = Columns("p.owner", "p.department", "p.item_code", "p.case_id")
ALERTS = Columns("a.person", "a.department", "null", "a.case_id")
DISCLOSURES = Columns("null", "d.department", "d.item_code", "d.case_id")
MESSAGES = Columns("m.recipient", "null", "null", "m.case_id")
RATINGS = Columns("null", "r.department", "r.item_code", "r.case_id")


def where(person: Person, what: str, may: str, columns: Columns) -> Where:
    """Return which rows this person may see in a list: the same lines that allow() reads. Raises RefusedError.

    Posts known of the person only leave out lines that cannot hold, so that a plain list stays a plain query; whether a
    line holds, the query asks anew.
    """
    if not could(person, what, may):
        raise refusal(what, may)
    lines = _lines(person, what, may)
    return Where(_any(lines, columns), _any(tuple(line for line in lines if line.sees == "full"), columns))


def may_of(person: Person, what: str, may: str, columns: Columns) -> str:
    """Return the condition on a row under which this person may do this with it: of nobody's row for whoever never may."""
    return _any(_lines(person, what, may), columns)


def _lines(person: Person, what: str, may: str) -> tuple[Line, ...]:
    held = {*_by_kind(person.kind), *(post for _, post in person.posts)}
    return tuple(line for line in matrix().of(what, may) if line.post in held)


@lru_cache(maxsize=1024)
def _any(lines: tuple[Line, ...], columns: Columns) -> str:
    as_party = [_condition(line, columns) for line in lines if line.whose in IN_PERSON]
    as_staff = [_condition(line, columns) for line in lines if line.whose not in IN_PERSON]
    if as_staff:
        as_party.append(f"(({' or '.join(as_staff)}) and not {recused(columns.case)})")
    return "(" + (" or ".join(as_party) or "false") + ")"


def _condition(line: Line, columns: Columns) -> str:
    """Return one line as SQL. What does not depend on the row is an array of its own, so that indexes can be used."""
    parts = []
    if line.whose == "own":
        parts.append(f"{columns.owner} = %(person)s")
    elif line.whose == "mandated":
        its = f"{MANDATE} and '{line.under}' = any(m.verbs)"
        covers = mandate_covers(columns.owner, columns.item_code, columns.case)
        parts.append(f"{columns.owner} = any(array(select m.grantor from mandates m where {its}))")
        parts.append(f"exists (select from mandates m where {its} and {covers})")
    elif line.whose == "all":
        parts.append(f"exists (select from person_posts where {_post(line.post)})")
    else:
        parts.append(f"{columns.department} = any(array(select department from person_posts where {_post(line.post)}))")
    if line.phases and columns.phase:
        parts.append(f"{columns.phase} in ({', '.join(repr(phase) for phase in line.phases)})")
    if line.whose == "assigned":
        parts.append(assigned(columns.case))
    return "(" + " and ".join(parts) + ")"


def _post(post: str) -> str:
    which = "" if post == STAFF else f" and post = '{post}'"
    return f"person_id = %(person)s{which} and {VALID_TODAY}"
