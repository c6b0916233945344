"""The channels messages go out by: e-mail over SMTP, SMS and WeChat over a gateway. One interface: deliver(id, message)."""

import json
import os
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from worker.outgoing import CallFailed, checked_url, is_loopback, post
from workflow.casework.deliveries import Deliver, Undeliverable
from workflow.casework.now import now

TIMEOUT_SECONDS = 15
GONE = frozenset({404, 410, 422})  # a gateway that says this number or person does not exist


class ChannelError(ValueError):
    """A channel is set up wrongly; names the variable."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. security: none (only on this machine), starttls, tls; certificates are always verified."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = ""
    sender: str = ""

    @classmethod
    def from_url(cls, url: str, sender: str, password: str = "") -> "MailServer":
        """Read smtp://user@host:587?security=starttls or smtps://user@host. Raises ChannelError."""
        parts = urlsplit(url)
        security = "tls" if parts.scheme == "smtps" else parse_qs(parts.query).get("security", ["none"])[0]
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or security not in ("none", "starttls", "tls"):
            raise ChannelError("BANJIAN_SMTP_URL is smtp://[user@]host[:port][?security=starttls] or smtps://…")
        if security == "none" and not is_loopback(parts.hostname):
            raise ChannelError("BANJIAN_SMTP_URL: mail to another machine needs ?security=starttls, or smtps://")
        if not sender:
            raise ChannelError("BANJIAN_MAIL_FROM is not set: mail needs a sender")
        port = parts.port or {"none": 25, "starttls": 587, "tls": 465}[security]
        return cls(parts.hostname, port, security, unquote(parts.username or ""), password, sender)


def mail(server: MailServer) -> Deliver:
    """Return the e-mail channel. The Message-ID is made of the delivery's id, so a repetition is known as one."""

    def deliver(delivery_id: str, message: Mapping[str, Any]) -> None:
        letter = EmailMessage()
        letter["From"], letter["To"] = server.sender, message["to"]
        letter["Subject"] = " ".join(filter(None, ("[政务服务]", message["title"], message["case_no"])))
        letter["Date"] = format_datetime(now())
        letter["Message-ID"] = f"<{delivery_id}@{server.sender.rpartition('@')[2]}>"
        letter["X-Banjian-Id"] = delivery_id
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(f"{message['text']}\n\n本邮件由系统自动发出，请勿回复。\n")
        with _open(server) as connection:
            try:
                connection.send_message(letter)
            except smtplib.SMTPRecipientsRefused as error:
                if all(code >= 500 for code, _ in error.recipients.values()):
                    raise Undeliverable from None
                raise

    return deliver


def _open(server: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.security == "tls":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    try:
        if server.security == "starttls":
            connection.starttls(context=context)
        if server.user:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def gateway(channel: str, url: str, secret: str) -> Deliver:
    """Return a channel that hands messages to an HTTP gateway (SMS, WeChat), signed, with the delivery's id."""
    checked_url(url)

    def deliver(delivery_id: str, message: Mapping[str, Any]) -> None:
        body = json.dumps({"id": delivery_id, "channel": channel, **message}, ensure_ascii=False).encode()
        try:
            post(url, secret, delivery_id, body)
        except CallFailed as error:
            if error.status in GONE:
                raise Undeliverable from None
            raise

    return deliver


def channels_of(env: Mapping[str, str] = os.environ) -> dict[str, Deliver]:
    """Return the channels that are set up, by name. Raises ChannelError or AddressRefused naming what is wrong."""
    found: dict[str, Deliver] = {}
    if env.get("BANJIAN_SMTP_URL"):
        password = secret_of(env, "BANJIAN_SMTP_PASSWORD_FILE") if env.get("BANJIAN_SMTP_PASSWORD_FILE") else ""
        found["email"] = mail(MailServer.from_url(env["BANJIAN_SMTP_URL"], env.get("BANJIAN_MAIL_FROM", ""), password))
    for channel in ("sms", "wechat"):
        name = f"BANJIAN_{channel.upper()}"
        if env.get(f"{name}_URL"):
            found[channel] = gateway(channel, env[f"{name}_URL"], secret_of(env, f"{name}_SECRET_FILE"))
    return found


def secret_of(env: Mapping[str, str], name: str) -> str:
    """Return the secret in the file a variable names. Raises ChannelError."""
    path = env.get(name, "")
    try:
        secret = Path(path).read_text(encoding="utf-8").strip() if path else ""
    except OSError as error:
        raise ChannelError(f"{name}: {path} cannot be read ({error.strerror})") from error
    if not secret:
        raise ChannelError(f"{name} is not set or empty: it names the file with the secret")
    return secret
