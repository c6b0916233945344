"""Reviews by experts (行政许可法 45)."""

from workflow.engine.guards.asking import Predicate, Question, phrase


@phrase("专家评审已有结论", "EXPERT_REVIEW_MISSING", "行政许可法 第四十五条")
def expert_review_is_done(q: Question) -> str:
    """The item needs an expert opinion."""
    return "" if q.mark("expert-review-done") else "本事项须经专家评审，尚无评审结论。"


@phrase("专家评审已有结论（如需）", "EXPERT_REVIEW_MISSING", "行政许可法 第四十五条")
def needed_expert_review_is_done(q: Question) -> str:
    """Where the item's rule orders an expert review, or one was begun, there is no opinion without its conclusion."""
    is_needed = q.terms.special.get("experts", {}).get("need") == "always" or q.mark("expert-review-notified")
    return expert_review_is_done(q) if is_needed else ""


@phrase("本人是抽取的专家", "NOT_A_DRAWN_EXPERT", "专家评审管理制度", kind="forbidden")
def is_a_drawn_expert(q: Question) -> str:
    """Only experts who were drawn for this case."""
    return "" if q.actor.id in q.members("experts-drawn.experts") else "您不是本件抽取的评审专家。"


@phrase("本人尚未提交评审意见", "OPINION_ALREADY_GIVEN", "专家评审管理制度")
def has_no_opinion_yet(q: Question) -> str:
    """One opinion a person."""
    has_given = any(q.is_me(person) for person in q.collected("expert-opinions"))
    return "您已经提交评审意见，不能重复提交。" if has_given else ""


@phrase("本人已承诺保密和无利害关系", "UNDERTAKING_MISSING", "行政许可法 第五条；专家评审管理制度")
def has_undertaken(q: Question) -> str:
    """许可法5: experts keep what they learn to themselves; who has an interest stays away."""
    return "" if q.actor.id in q.collected("expert-undertakings") else "请先签署保密和无利害关系承诺。"


@phrase("专家意见达到法定人数", "NO_QUORUM", "专家评审管理制度")
def experts_have_a_quorum(q: Question) -> str:
    """Enough of those drawn have given their opinion."""
    drawn = q.members("experts-drawn.experts")
    given = [person for person in drawn if person in q.collected("expert-opinions")]
    quorum = int(q.terms.special.get("experts", {}).get("quorum") or len(drawn))
    return "" if drawn and len(given) >= quorum else f"评审意见还没有达到法定人数（{len(given)}/{quorum}）。"


STRICTNESS = ("pass", "revise", "fail")


def _experts_say(wanted: tuple[str, ...], text: str) -> Predicate:
    def predicate(q: Question) -> str:
        given, gone = q.collected("expert-opinions"), q.collected("recusals")
        heard = [entry for who, entry in given.items() if who not in gone and not q.is_kept_out(who)]
        opinions = [entry["given"]["conclusion"] for entry in heard]  # who stood aside has no voice any more
        votes = {word: opinions.count(word) for word in STRICTNESS}
        leading = max(votes, key=lambda word: (votes[word], STRICTNESS.index(word)))
        return "" if given and leading in wanted else text

    predicate.__doc__ = f"Most experts say {' or '.join(wanted)}; a tie counts for the stricter word."
    return predicate


phrase("多数专家要求修改", "EXPERTS_SAY_OTHERWISE", "专家评审管理制度")(
    _experts_say(("revise",), "多数专家没有要求申请人修改。")
)
phrase("多数专家已有明确结论", "EXPERTS_SAY_OTHERWISE", "专家评审管理制度")(
    _experts_say(("pass", "fail"), "多数专家要求申请人修改，请先退申请人修改。")
)
