"""Every page of the office, registered in one place."""

from flask import Flask

from api.web import (
    account,
    acts,
    admin,
    administer,
    apply,
    assessments,
    assets,
    casepage,
    commons,
    counter,
    files,
    four_eyes,
    frame,
    holidays,
    identity,
    inbox,
    joining,
    login,
    mandates,
    mine,
    platform,
    public,
    reviews,
    supervision,
    verify,
    yearly,
)

BLUEPRINTS = (
    assets.blp,
    frame.blp,
    public.blp,
    verify.blp,
    login.blp,
    platform.blp,
    account.blp,
    joining.blp,
    apply.blp,
    mine.blp,
    mandates.blp,
    casepage.blp,
    acts.blp,
    counter.blp,
    reviews.blp,
    files.blp,
    inbox.blp,
    admin.blp,
    administer.blp,
    holidays.blp,
    identity.blp,
    four_eyes.blp,
    commons.blp,
    supervision.blp,
    yearly.blp,
    assessments.blp,
)


def register(app: Flask) -> None:
    """Register the pages and what all of them share."""
    frame.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
