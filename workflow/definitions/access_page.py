"""docs/access.md, written from access.yaml: for each kind of object, who may do what with it."""

from collections.abc import Iterator

from workflow.definitions.access import ANYONE, STAFF, Line, Matrix, matrix
from workflow.engine.vocabulary import POSTS

MARK = "<!-- Written by `banjian access docs` from workflow/definitions/access.yaml: change that. -->"
NAMES = {**POSTS, STAFF: "工作人员", ANYONE: "登录用户"}
PHASES = {"draft": "草稿", "intake": "受理", "review": "审查", "delivery": "送达", "after": "事后", "ended": "办结"}
VIEWS = {"full": "完整", "masked": "遮蔽"}
HEAD = f"""{MARK}

# Access 权限表

What is not in these tables is refused. 没有列出的，一律拒绝。How it is enforced: docs/architecture.md, ADR 0020; mandates: ADR 0021.

Relations 关系:
"""


def page() -> str:
    """Return the page."""
    return "".join(_parts(matrix()))


def _parts(whole: Matrix) -> Iterator[str]:
    yield HEAD
    yield from (f"- `{name}` {said}\n" for name, said in whole.whose.items())
    yield "\nPersonal data 个人信息: `full` 完整, `masked` 遮蔽. Permissions of a mandate 委托权限: "
    yield ", ".join(f"`{name}` {said}" for name, said in whole.mandates.items()) + ".\n"
    for name, resource in whole.what.items():
        yield f"\n## {resource.name} `{name}`\n\n"
        yield "| post 岗位 | relation 关系 | may 可以 | phases 环节 | personal data 个人信息 |\n|---|---|---|---|---|\n"
        yield from (_row(whole, line) for line in whole.lines if line.what == name)
    yield "\n## Acts on a case 办理动作\n\n| kind 种类 | actions of the processes 流程中的动作 |\n|---|---|\n"
    for kind in dict.fromkeys(whole.acts.values()):
        actions = ", ".join(f"`{action}`" for action, its in whole.acts.items() if its == kind)
        yield f"| {whole.what['case'].may[kind]} `{kind}` | {actions} |\n"
    yield "\n## Routes 接口和页面\n\n| route | asks for |\n|---|---|\n"
    for route, targets in whole.routes.items():
        asked = ", ".join(f"`{what} {may}`" for what, may in targets)
        yield f"| `{route}` | {asked} |\n"


def _row(whole: Matrix, line: Line) -> str:
    may = "、".join(f"{whole.what[line.what].may[action]} `{action}`" for action in line.may)
    relation = f"{line.whose}（委托 `{line.under}`）" if line.under else line.whose
    phases = "、".join(PHASES[phase] for phase in line.phases) or "全部"
    return f"| {NAMES[line.post]} `{line.post}` | {relation} | {may} | {phases} | {VIEWS[line.sees]} |\n"
