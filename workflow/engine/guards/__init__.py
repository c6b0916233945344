"""Guards: a closed list of Chinese phrases, each one predicate with its code and its article.

A phrase not in this list is refused when a definition is loaded. Nothing is evaluated from files.
Each predicate returns "" when satisfied, else one Chinese sentence that says what is missing.
The modules below put their phrases on the list when they are read.
"""

from workflow.engine.guards import (
    clocks,
    commitments,
    deciding,
    delivery,
    experts,
    intake,
    joint,
    machines,
    people,
    permits,
    publicity,
    special,
    visits,
)
from workflow.engine.guards.asking import COLLECTIONS, MARKS, PHRASES, Guard, Predicate, Question, members_of, phrase
from workflow.engine.guards.intake import missing_materials

__all__ = [
    "COLLECTIONS",
    "MARKS",
    "PHRASES",
    "Guard",
    "Predicate",
    "Question",
    "clocks",
    "commitments",
    "deciding",
    "delivery",
    "experts",
    "intake",
    "joint",
    "machines",
    "members_of",
    "missing_materials",
    "people",
    "permits",
    "phrase",
    "publicity",
    "special",
    "visits",
]
