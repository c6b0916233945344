"""A process as a Mermaid state diagram, from the same data the engine runs on."""

from workflow.engine.model import Action, Process

AUTOMATIC = {("clock",): "⏰ ", ("system",): "⚙ ", ("case",): "🔗 "}


def mermaid(process: Process) -> str:
    """Return the state machine as Mermaid (stateDiagram-v2), in Chinese; the same text every time."""
    lines = ["stateDiagram-v2", f"    %% {process.title} {process.version}"]
    for state in process.states.values():
        lines.append(f'    state "{state.title}" as {_id(state.name)}')
    lines.append(f"    [*] --> {_id(process.starts_in)}")
    for state in process.states.values():
        if state.ends:  # what may still be served then ends nothing
            lines.append(f"    {_id(state.name)} --> [*]")
            continue
        for action in state.actions.values():
            lines.append(f"    {_id(state.name)} --> {_id(action.then)}: {_label(process, action)}")
    return "\n".join(lines)


def _id(name: str) -> str:
    return name.replace("-", "_")


def _label(process: Process, action: Action) -> str:
    if action.by in AUTOMATIC:
        return AUTOMATIC[action.by] + action.title
    who = "、".join(process.people[post] for post in action.by)
    return f"{action.title}（{who}）"
