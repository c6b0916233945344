"""Break one safeguard at a time in a copy of the code, and see that its test turns red. Not part of the suite.

.venv/bin/python -m tests.access.faults [WORD]     # those whose name holds WORD; exit 1 if one goes unnoticed
.venv/bin/python -m tests.access.faults --write    # and writes them into docs/access-mutations.md
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.access.mutations_page import BROKEN, part, put_part

ROOT = Path(__file__).parents[2]
KEPT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*cache", "node_modules", ".hypothesis")
SECONDS_MAX = 900


@dataclass(frozen=True)
class Fault:
    """What is broken: in which file, which words, what they become; and the test that has to tell."""

    name: str
    file: str
    was: str
    becomes: str
    test: str


def loose(claim: str) -> tuple[str, str]:
    """Return the words of the platform's login, and the same where one claim of its answer is not looked at."""
    return "claims_options=claims)", (
        "claims_options=claims, claims_cls=type('Loose', (__import__('authlib.oidc.core').oidc.core.CodeIDToken,),"
        f" {{'validate_{claim}': lambda *_: None}}))"
    )


PLATFORM, SOUND = (
    "api/web/platform.py",
    "tests/api/test_platform.py::test_only_a_linked_subject_with_a_sound_answer_logs_in",
)
GUARDS = "workflow/engine/guards/people.py"
FACTOR, LOGIN, DUTIES = "tests/api/test_factor.py", "tests/api/test_login.py", "tests/duties/"
FAULTS: tuple[Fault, ...] = (
    Fault("a second factor is fresh for an hour, not ten minutes", "workflow/casework/signing.py",
          "now - factor_at <= FRESH", "now - factor_at <= 6 * FRESH", f"{FACTOR} -k ten_minutes"),
    Fault("signing asks for no second factor", "workflow/casework/signing.py",
          'raise StepUpRequired("")', "return", f"{FACTOR} -k ten_minutes"),
    Fault("a session without its second factor may do everything", "api/auth/factor.py",
          "return session.factor_at is None and must_have_factor(session.person)", "return False",
          f"{FACTOR} -k nothing_else_before"),
    Fault("so may a page's", "api/auth/sessions.py",
          "session.person if session and not is_restricted(session) else None", "session.person if session else None",
          f"{FACTOR} -k sets_the_factor_up"),
    Fault("a page's forms are exempt from CSRF", "api/web/pages.py",
          "        app.register_blueprint(blueprint)",
          "        app.register_blueprint(blueprint)\n        app.extensions['csrf'].exempt(blueprint)", LOGIN),
    Fault("CSRF is not checked at all", "api/auth/sessions.py", "    csrf.init_app(app)", "    app.extensions['csrf'] = csrf",
          LOGIN),
    Fault("`next` may name another host", "api/auth/redirects.py", "or not _PLAIN.fullmatch(text)", "", LOGIN),
    Fault("`next` is not looked at", "api/auth/redirects.py", '    text = wanted or ""', '    return wanted or ""', LOGIN),
    Fault("the platform's answer may come from another issuer", PLATFORM,
          '"iss": {"essential": True, "value": settings.oidc.issuer}', '"iss": {"essential": True}', SOUND),
    Fault("it may be made for another audience", PLATFORM,
          '"aud": {"essential": True, "value": settings.oidc.client_id}', '"aud": {"essential": True}', SOUND),
    Fault("it may lack the nonce of this login", PLATFORM,
          *loose("nonce"), SOUND),
    Fault("it may have expired", PLATFORM, "claims_options=claims)", "claims_options=claims, leeway=10**6)", SOUND),
    Fault("one number is checked for two accounts", "workflow/store/migrations/versions/0018_factors.sql",
          "create unique index profiles_one_checked", "create index profiles_one_checked", "tests/api/test_accounts.py"),
    Fault("everybody is counted as one", "api/rates.py", 'return f"person:{person}"', 'return "person:"',
          "tests/api/test_hardening.py -k too_often"),
    Fault("nobody is counted", "api/rates.py", 'if settings.rate_limit == "off":', "if settings:",
          "tests/api/test_hardening.py -k too_often"),
    Fault("the CSP allows inline scripts", "api/headers.py", "script-src 'self'", "script-src 'self' 'unsafe-inline'",
          "tests/api/test_hardening.py -k headers"),
    Fault("no CSP", "api/headers.py", '    "Content-Security-Policy": CSP,\n', "", "tests/api/test_hardening.py -k headers"),
    Fault("a delegation may last for ever", GUARDS,
          'return "" if q.now.date().isoformat() <= until <= last else', 'return "" if until else',
          f"{DUTIES}test_delegation.py -k thirty_days"),
    Fault("a delegate may delegate", GUARDS,
          'if mark and q.is_me(mark["given"]["to"]) else ""', 'if False else ""', f"{DUTIES}test_delegation.py"),
    Fault("an open recusal blocks no decision", GUARDS,
          "    waiting = open_recusals(q.case)", "    waiting = ()", f"{DUTIES}test_recusal.py -k open_request"),
    Fault("an upheld recusal takes nothing away", "workflow/store/humans.py",
          "r.status = 'upheld'", "r.status = 'x'", f"{DUTIES}test_recusal.py -k lost_the_case"),
    Fault("one hand drafts and decides", "workflow/engine/roles.py",
          "        clash = clash_of(process.apart, post, acted - excused)", "        clash = None",
          f"{DUTIES}test_apart.py -k draws"),
    Fault("two accounts of one human are two people", "workflow/store/humans.py",
          "from people where human_id is not null", "from people where false", f"{DUTIES}test_apart.py -k another_account"),
    Fault("an expert of the applicant's unit may sit", "workflow/engine/units.py",
          "    one, other = _plain(name), _plain(other_name)", "    return False", f"{DUTIES}test_apart.py -k experts"),
    Fault("who proposes may confirm under another account", "workflow/casework/proposals.py",
          "return one == other or one in humans.accounts_of(connection, other)", "return one == other",
          f"{DUTIES}test_proposals.py -k two_accounts"),
    Fault("who proposes may confirm", "workflow/casework/proposals.py",
          "if _is_same(connection, row.proposed_by, person.id):", "if False:", f"{DUTIES}test_proposals.py"),
    Fault("somebody else's idempotency key answers", "workflow/store/cases.py",
          "where person_id = %(person)s and key = %(key)s", "where key = %(key)s", "tests/api/test_api.py -k key"),
    Fault("a route without an entry in the matrix is open", "api/access.py",
          "        raise Problem(403)\n", "        return\n", "tests/access/test_matrix.py -k without_an_entry"),
)  # fmt: skip


def main() -> None:
    """Try the faults that are asked for; exit 1 if one goes unnoticed."""
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    chosen = [fault for fault in FAULTS if all(word in fault.name for word in words)]
    with tempfile.TemporaryDirectory(prefix="banjian-faults-") as folder:
        copy = Path(folder) / "code"
        shutil.copytree(ROOT, copy, ignore=KEPT_OUT)
        results = [(fault, is_noticed(copy, fault)) for fault in chosen]
    if "--write" in sys.argv:
        put_part(BROKEN, page(results, part(BROKEN)))
    sys.exit(0 if all(found for _, found in results) else 1)


def is_noticed(copy: Path, fault: Fault) -> bool:
    """Return True if the test fails with the fault in place."""
    path = copy / fault.file
    whole = path.read_text(encoding="utf-8")
    assert fault.was in whole, f"{fault.name}: the words are not there any more"
    path.write_text(whole.replace(fault.was, fault.becomes), encoding="utf-8")
    ran = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *fault.test.split()]
    try:
        done = subprocess.run(
            ran, cwd=copy, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, text=True, timeout=SECONDS_MAX, check=False
        )  # fmt: skip
    finally:
        path.write_text(whole, encoding="utf-8")
    told = done.returncode == 1 and " failed" in done.stdout
    print(f"{'noticed' if told else 'MISSED '}  {fault.name}  ({done.stdout.strip().splitlines()[-1]})", flush=True)
    return told


def page(results: list[tuple[Fault, bool]], before: str) -> str:
    """Return the table for docs/access-mutations.md; of what was not tried now, the row of before."""
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in before.splitlines() if " | `" in line}
    for fault, told in results:
        by = f"`{fault.test.split()[0]}`" if told else "NOBODY"
        rows[fault.name] = f"| {fault.name} | `{fault.file}` | {by} |"
    known = [rows[fault.name] for fault in FAULTS if fault.name in rows]
    return "\n".join(["| what was broken | where | test that turned red |", "|---|---|---|", *known])


if __name__ == "__main__":
    main()
