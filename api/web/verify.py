"""The public page a certificate's QR code leads to, and the keys with which anybody verifies it alone."""

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for

from api.v1.certificates import TOKEN_MAX
from api.v1.common import office
from workflow.casework import certificates
from workflow.casework.now import now
from workflow.papers.certificates import validity_words

blp = Blueprint("verify", __name__)
GOOD = "valid"


@blp.get("/verify")
def ask() -> Response:
    """Ask for a code; go on to the page of the one that was given."""
    if request.args.get("no"):
        return make_response(redirect(url_for("verify.verify", code=request.args["no"][:100])))
    return make_response(render_template("verify.html", code="", verdict=None))


@blp.get("/verify/<code>")
def verify(code: str) -> Response:
    """Say whether a certificate holds, and show what was signed, to be compared with the paper in hand."""
    token, printed = request.args.get("t", ""), request.args.get("no", "")[:100]
    verdict = certificates.verify(office(), code[:100], now().date(), token=token[:TOKEN_MAX], printed_no=printed)
    validity = validity_words(verdict.content) if verdict.content else ""
    page = render_template(
        "verify.html",
        code=code,
        verdict=verdict,
        validity=validity,
        printed=printed,
        token=token,
        is_good=verdict.result == GOOD,
    )
    return make_response(page, 404 if verdict.result == "unknown" else 200)


@blp.get("/.well-known/banjian-keys.json")
def keys() -> Response:
    """Publish the public keys, the retired ones too."""
    response = jsonify(certificates.public_keys(office()))
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
