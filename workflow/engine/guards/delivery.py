"""Delivery and publication (行政许可法 40, 44)."""

from workflow.engine.guards.asking import Question, phrase


@phrase("送达情况已记录", "SERVICE_NOT_RECORDED", "行政许可法 第四十四条", asks_data=True, kind="invalid")
def service_is_recorded(q: Question) -> str:
    """How and to whom the decision was served is on record."""
    return "" if q.given.get("mode") and str(q.given.get("recipient", "")).strip() else "请填写送达方式和签收人。"


@phrase("已送达", "NOT_DELIVERED", "行政许可法 第四十四条")
def is_delivered(q: Question) -> str:
    """The decision was served."""
    return "" if q.mark("delivered") else "决定尚未送达。"


@phrase("尚未公开", "ALREADY_PUBLISHED", "行政许可法 第四十条")
def not_published_yet(q: Question) -> str:
    """Publishing happens once."""
    return "本决定已经公开。" if q.mark("published") else ""


@phrase("已公开", "NOT_PUBLISHED", "行政许可法 第四十条")
def is_published(q: Question) -> str:
    """The decision was published."""
    return "" if q.mark("published") else "决定尚未公开。"
