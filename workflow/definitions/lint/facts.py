"""What legal facts and clock findings do to clocks and pauses, as data for the model check.

The clocks themselves (workflow.engine.fold, law_*.py) compute dates; here stands only what starts and what stops.
A test runs the real clocks and fails when this table says something else.
"""

from collections.abc import Mapping
from dataclasses import dataclass

ALL = "*"


@dataclass(frozen=True, slots=True)
class Effect:
    """What one fact or finding does. starts, stops: clock ids; pauses, resumes: grounds; ALL means every one.

    gate: opens or closes the wait for a hearing, during which nobody decides; "" leaves it.
    """

    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    pauses: tuple[str, ...] = ()
    resumes: tuple[str, ...] = ()
    gate: str = ""


LIMITS = ("statutory", "promised")
_THE_END = Effect(stops=(ALL,), resumes=(ALL,), gate="closes")
FACTS: Mapping[str, Effect] = {
    "received": Effect(starts=("correction", *LIMITS)),  # the limits where the item's rule counts from receipt
    "correction_requested": Effect(starts=("resubmission",), stops=("correction", *LIMITS)),
    "resubmitted": Effect(starts=LIMITS, stops=("correction", "resubmission")),
    "accepted": Effect(starts=LIMITS, stops=("correction", "resubmission")),
    "tolerantly_accepted": Effect(starts=(*LIMITS, "supplement"), stops=("correction", "resubmission")),
    "commitment_signed": Effect(starts=("supplement",)),  # only to materials, see model.py
    "supplemented": Effect(stops=("supplement",)),
    "suspended": Effect(pauses=("chosen",)),
    "resumed": Effect(stops=("rectification",), resumes=(ALL,)),
    "extension_approved": Effect(),
    "visit_started": Effect(pauses=("on-site",)),
    "site_visited": Effect(stops=("post-verification",), resumes=("on-site",)),
    "rectification_ordered": Effect(starts=("rectification",), pauses=("rectification",), resumes=("on-site",)),
    "rectified": Effect(stops=("rectification",), resumes=("rectification",)),
    "hearing_rights_served": Effect(starts=("hearing-request",), gate="opens"),
    "hearing_announced": Effect(stops=("hearing-request",), pauses=("hearing",), gate="opens"),
    "hearing_requested": Effect(
        starts=("hearing-arrange",), stops=("hearing-request",), pauses=("hearing",), gate="opens"
    ),
    "hearing_notice_served": Effect(),
    "hearing_waived": Effect(stops=("hearing-request", "hearing-arrange"), resumes=("hearing",), gate="closes"),
    "hearing_record_signed": Effect(stops=("hearing-request", "hearing-arrange"), resumes=("hearing",), gate="closes"),
    "publicity_started": Effect(starts=("publicity",), pauses=("publicity",)),
    "publicity_ended": Effect(stops=("publicity",), resumes=("publicity",)),
    "decided": Effect(
        starts=("delivery", "publication", "general-disclosure", "post-verification"),  # the last after a commitment
        stops=(*LIMITS, "renewal", "correction", "resubmission", "rectification", "publicity"),
        resumes=(ALL,),
    ),
    "delivered": Effect(stops=("delivery",)),
    "notice_served": Effect(),  # a period that runs begins anew on the day of service
    "published": Effect(stops=("publication", "general-disclosure")),
    "verification_ordered": Effect(starts=("post-verification",)),
    "verified": Effect(stops=("post-verification",)),
    "statement_invited": Effect(starts=("statement",)),
    "statement_made": Effect(stops=("statement",)),
    "renewal_filed": Effect(starts=("renewal",)),
    "withdrawn": _THE_END,
    "forwarded": _THE_END,
    "permit_issued": Effect(starts=("validity",)),
    "permit_renewed": Effect(starts=("validity",)),
    "permit_ended": Effect(stops=("validity", "renewal")),
}

# Clock finding -> the clocks one of which must have run for it to arise.
ARISES_FROM: Mapping[str, tuple[str, ...]] = {
    "DEEMED_ACCEPTED": ("correction",),
    "RESUBMISSION_LAPSED": ("resubmission",),
    "PROMISE_NEAR": ("promised",),
    "PROMISE_OVERDUE": ("promised",),
    "STATUTORY_OVERDUE": ("statutory",),
    "DELIVERY_OVERDUE": ("delivery",),
    "PUBLICATION_NEAR": ("publication",),
    "PUBLICATION_OVERDUE": ("publication",),
    "SUPPLEMENT_LAPSED": ("supplement",),
    "DEEMED_RENEWED": ("renewal",),
    "HEARING_REQUEST_LAPSED": ("hearing-request",),
    "HEARING_OVERDUE": ("hearing-arrange",),
    "POST_VERIFICATION_OVERDUE": ("post-verification",),
    "RECTIFICATION_OVERDUE": ("rectification",),
    "PUBLICITY_ENDED": ("publicity",),
    "STATEMENT_LAPSED": ("statement",),
    "VALIDITY_ENDED": ("validity", "renewal"),
}
# What is no clock's: it arises from a mark.
FROM_MARKS: Mapping[str, tuple[str, ...]] = {"DELEGATION_ENDED": ("delegated",)}
USED_UP = "SUSPENSION_DAYS_USED_UP"  # arises from a pause whose days were announced
ANNOUNCED = ("chosen", "on-site", "expert-review")

# What the clocks do by themselves when they run out; acting on the finding only follows.
FINDINGS: Mapping[str, Effect] = {
    "DEEMED_ACCEPTED": Effect(starts=LIMITS, stops=("correction",)),
    "RESUBMISSION_LAPSED": _THE_END,
    "DEEMED_RENEWED": _THE_END,
    "VALIDITY_ENDED": _THE_END,
    "SUPPLEMENT_LAPSED": _THE_END,  # before the decision; after it only the period itself is over
    "HEARING_REQUEST_LAPSED": Effect(stops=("hearing-request",), resumes=("hearing",), gate="closes"),
    "PUBLICITY_ENDED": Effect(stops=("publicity",), resumes=("publicity",)),
    "STATEMENT_LAPSED": Effect(stops=("statement",)),
    "RECTIFICATION_OVERDUE": Effect(stops=("rectification",)),
}
# Of these the clock must still run; an overdue limit stays found after it was met too late.
SILENT = frozenset(FINDINGS) - {"RECTIFICATION_OVERDUE"} | {"PUBLICATION_NEAR"}

# fact -> findings that somebody must hear of in the state that waits for the answer, and the law.
WAITS_FOR: tuple[tuple[str, str, str], ...] = (
    ("received", "DEEMED_ACCEPTED", "行政许可法 第三十二条"),
    ("correction_requested", "RESUBMISSION_LAPSED", "本机关办理规程"),
    ("suspended", USED_UP, "行政许可法 第四十五条"),
    ("hearing_rights_served", "HEARING_REQUEST_LAPSED", "行政许可法 第四十七条"),
    ("hearing_requested", "HEARING_OVERDUE", "行政许可法 第四十七条"),
    ("publicity_started", "PUBLICITY_ENDED", "行政许可法 第三十六条"),
    ("rectification_ordered", "RECTIFICATION_OVERDUE", "事项办理规定"),
    ("statement_invited", "STATEMENT_LAPSED", "行政许可法 第七条"),
    ("accepted", "STATUTORY_OVERDUE", "行政许可法 第四十二条、第七十四条"),
    ("accepted", "PROMISE_OVERDUE", "优化营商环境条例 第三十六条"),
    ("decided", "DELIVERY_OVERDUE", "行政许可法 第四十四条"),
    ("decided", "PUBLICATION_OVERDUE", "发改办财金〔2018〕424号"),
)
