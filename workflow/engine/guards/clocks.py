"""What the clocks judge (行政许可法 42, 45)."""

from workflow.engine.guards.asking import PHRASES, Guard, Question


def _clock_guard(phrase: str, law: str, *codes: str) -> None:
    """A phrase that the clocks judge: satisfied when none of `codes` refuses the act."""

    def predicate(q: Question) -> str:
        return f"不满足“{phrase}”。" if q.refusals & set(codes) else ""

    predicate.__doc__ = f"The clocks do not refuse with {', '.join(codes)}."
    PHRASES[phrase] = Guard(phrase, codes[0], law, predicate, asks_data=True)


_clock_guard("期限尚未届满", "行政许可法 第四十二条第一款", "EXTENSION_AFTER_EXPIRY")
_clock_guard("只延期一次", "行政许可法 第四十二条第一款", "EXTENSION_ALREADY_USED")
_clock_guard("由有权负责人批准", "行政许可法 第四十二条", "WRONG_APPROVER")
_clock_guard("理由已告知申请人", "行政许可法 第四十二条第一款", "EXTENSION_REASON_NOT_NOTIFIED")
_clock_guard("法定事由已选定", "行政许可法 第四十五条", "SUSPENSION_GROUND_NOT_ALLOWED")
_clock_guard("所需时间已书面告知", "行政许可法 第四十五条", "SUSPENSION_NOT_NOTIFIED")
