"""What inspectors bring back from a visit: no material of the applicant's, so no manual lists it."""

from workflow.engine.model import MaterialTerm

PHOTO = MaterialTerm("visit-photo", "现场照片", required=False, supply="system")
PHOTO_ACTION, SUPPLY_ACTION = "add-photo", "add-material"


def action_for(name: str) -> str:
    """Return the action by which a file of this name comes into a case."""
    return PHOTO_ACTION if name in (PHOTO.code, PHOTO.name) else SUPPLY_ACTION
