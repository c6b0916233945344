"""A small OpenID Connect provider on the loopback interface, which does what it is told to do wrong."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import Flask, jsonify, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "banjian", "platform-secret"


class IdentityPlatform:
    """Knows one person at a time. `wrong` names what it does wrong; `seen` holds what it was asked."""

    def __init__(self) -> None:
        self.subject, self.wrong, self.issuer = "subject-1", "", ""
        self.key, self.other = RSAKey.generate_key(2048, private=True), RSAKey.generate_key(2048, private=True)
        self.asked: dict[str, dict[str, str]] = {}
        self.app = Flask("identity-platform")
        self.app.get("/.well-known/openid-configuration")(self._metadata)
        self.app.get("/jwks")(lambda: jsonify({"keys": [self.key.as_dict(private=False)]}))
        self.app.post("/token")(self._token)

    def approve(self, address: str) -> str:
        """Return where the browser is sent back to, after somebody has logged in at the platform."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self.asked)}"
        self.asked[code] = asked
        state = "x" if self.wrong == "state" else asked["state"]
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': state})}"

    def _metadata(self) -> Any:
        return jsonify(
            issuer="https://elsewhere" if self.wrong == "metadata" else self.issuer,
            authorization_endpoint=f"{self.issuer}/authorize",
            token_endpoint=f"{self.issuer}/token",
            jwks_uri=f"{self.issuer}/jwks",
            id_token_signing_alg_values_supported=["RS256"],
        )

    def _token(self) -> Any:
        asked = self.asked.pop(request.form["code"], None)
        credentials = request.authorization
        is_known = credentials and (credentials.username, credentials.password) == (CLIENT_ID, CLIENT_SECRET)
        if asked is None or not is_known:
            return jsonify(error="invalid_grant"), 400
        if create_s256_code_challenge(request.form["code_verifier"]) != asked["code_challenge"]:
            return jsonify(error="invalid_grant"), 400
        now = int(time.time())
        claims = {
            "iss": "https://elsewhere" if self.wrong == "iss" else self.issuer,
            "aud": "somebody-else" if self.wrong in ("aud", "azp") else CLIENT_ID,
            "azp": CLIENT_ID if self.wrong in ("", "azp") else None,
            "sub": self.subject,
            "nonce": "x" if self.wrong == "nonce" else asked["nonce"],
            "iat": now - 7200 if self.wrong == "exp" else now,
            "exp": now - 3600 if self.wrong == "exp" else now + 300,
        }
        if self.wrong == "sub":
            del claims["sub"]
        key = self.other if self.wrong == "key" else self.key
        signed = jwt.encode({"alg": "RS256"}, claims, key)
        answer = {"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": signed}
        if self.wrong == "id_token":
            del answer["id_token"]
        return jsonify(answer)


@contextmanager
def identity_platform() -> Iterator[IdentityPlatform]:
    """Yield a platform that answers on the loopback interface."""
    platform = IdentityPlatform()
    server = make_server("127.0.0.1", 0, platform.app, threaded=True)
    platform.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
