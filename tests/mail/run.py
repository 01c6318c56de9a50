"""Starts the real daemon with people who are told by mail, and a real mail server that asks for TLS and a password.

    python run.py --dfqueue PATH

Ends with an error where no mail came, where it came otherwise than it should, or where it says what must not leave the host.
"""

import argparse
import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from queue import Empty, Queue
from socket import socket
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

CONFIG = Path(__file__).resolve().parents[2] / "config"
PATIENCE_SECONDS = 60
USER, PASSWORD = "dfqueue", "correct horse battery staple"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dfqueue", type=Path, required=True)
    dfqueue = parser.parse_args().dfqueue.resolve()
    with TemporaryDirectory(prefix="dfqueue-mail.") as folder:
        letters, server = post_office(Path(folder))
        try:
            faults = told(dfqueue, Path(folder), server.port, letters)
        finally:
            server.stop()
    for fault in faults:
        print(fault)
    print("mail: " + ("what it should be" if not faults else f"{len(faults)} faults"))
    return 1 if faults else 0


class Inbox:
    """Takes letters in, from those who may."""

    def __init__(self) -> None:
        self.letters: Queue[EmailMessage] = Queue()

    async def handle_DATA(self, server, session, envelope) -> str:
        if session.ssl is None or not session.authenticated:
            return "530 not in the clear, and not from anybody"
        letter = message_from_bytes(envelope.content, policy=policy.default)
        letter["X-For"] = ", ".join(envelope.rcpt_tos)
        self.letters.put(letter)
        return "250 taken"


def post_office(folder: Path) -> tuple[Queue, Controller]:
    """A mail server with a certificate of its own."""
    certificate(folder)
    tls = SSLContext(PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "leaf.pem", folder / "leaf.key")
    inbox = Inbox()

    def may(server, session, envelope, mechanism, data) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()))

    server = Controller(
        inbox, hostname="127.0.0.1", port=free_port(), tls_context=tls, require_starttls=True, authenticator=may, auth_required=True
    )
    server.start()
    return inbox.letters, server


def certificate(folder: Path) -> None:
    """An authority, and a certificate for `localhost` that it signed."""

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=tests")
    openssl("req", "-new", *key, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=localhost")
    (folder / "leaf.ext").write_text("subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n")
    openssl("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2", "-extfile", "leaf.ext", "-out", "leaf.pem")


def free_port() -> int:
    with socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def told(dfqueue: Path, folder: Path, mail_port: int, letters: Queue) -> list[str]:
    """What is wrong with the mail that a phone without a PIN leads to."""
    api, config = f"127.0.0.1:{free_port()}", folder / "dfqueue.toml"
    (folder / "password").write_text(PASSWORD + "\n")
    config.write_text(
        f'[http]\nlisten = "{api}"\n[metrics]\nlisten = "127.0.0.1:{free_port()}"\n'
        f'[files]\nunit = "{CONFIG / "unit.toml"}"\npolicy = "{CONFIG / "policy.toml"}"\n[state]\ndir = "{folder}"\n'
        f'[smtp]\nserver = "localhost"\nport = {mail_port}\nca_file = "ca.pem"\nuser = "{USER}"\npassword_file = "password"\n'
        'from = "dfqueue@northshire.example"\n'
        '[[notice]]\nname = "duty desk"\nmail = ["duty@northshire.example", "di@northshire.example"]\nwhat = ["wanted"]\n'
    )
    with (folder / "log").open("w") as log:
        daemon = subprocess.Popen([dfqueue, "serve", "--config", config], stdout=log, stderr=log)
    try:
        wait(lambda: urlopen(f"http://{api}/readyz", timeout=5), "the daemon is not ready", folder)
        register(dfqueue, config, api)
        try:
            letter = letters.get(timeout=PATIENCE_SECONDS)
        except Empty:
            return ["no mail came", (folder / "log").read_text()]
        return wrong_with(letter)
    finally:
        daemon.terminate()
        daemon.wait(PATIENCE_SECONDS)


def wait(done, what: str, folder: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            done().close()
            return
        except OSError:
            if time.monotonic() > until:
                raise SystemExit(f"{what}:\n{(folder / 'log').read_text()}") from None
            time.sleep(0.1)


def register(dfqueue: Path, config: Path, api: str) -> None:
    """A victim's phone of which nobody knows the PIN."""
    make = [dfqueue, "token", "create", "--config", config, "--role", "intake", "--person", "PSE 7003", "--json"]
    token = json.loads(subprocess.run(make, capture_output=True, text=True, check=True).stdout)["secret"]
    taken = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    phone = {
        "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1", "oic": "DC 2231", "offence": "rasso",
        "owner": "victim", "device": "phone", "taken_at": taken, "site": "north", "agreement_at": taken, "notice_at": taken,
        "authorised_by": "DS 1180", "authorised_at": taken, "delivered_at": taken,
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Dfqueue-Person": "PSE 7003"}
    urlopen(Request(f"http://{api}/v1/submissions", data=json.dumps(phone).encode(), headers=headers), timeout=10).close()


def wrong_with(letter: EmailMessage) -> list[str]:
    faults, text = [], letter.get_content()
    for name, expected in {"From": "dfqueue@northshire.example", "X-For": "duty@northshire.example, di@northshire.example"}.items():
        if letter[name] != expected:
            faults.append(f"{name} is {letter[name]!r}, not {expected!r}")
    if not str(letter["Subject"]).startswith("dfqueue: "):
        faults.append(f"its subject is {letter['Subject']!r}")
    if "Q1 (victim's phone, tier 1): find out whether it can be opened" not in text or "OFFICIAL-SENSITIVE" not in text:
        faults.append(f"it does not say what is wanted:\n{text}")
    for secret in ["AB/1", "NS/2026/10411", "DC 2231", PASSWORD]:
        if secret in letter.as_string():
            faults.append(f"{secret} leaves the host")
    return faults


if __name__ == "__main__":
    sys.exit(main())
