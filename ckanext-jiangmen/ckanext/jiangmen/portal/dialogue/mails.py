"""The queue of letters: written in the transaction that causes them, sent afterwards.

Without a sender in ``smtp.mail_from`` each letter becomes a file of mode 0600 in the
folder of letters. A letter that cannot be sent is tried again, ever later.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import smtplib
import tempfile
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.portal.dialogue import config, sealing
from ckanext.jiangmen.portal.dialogue.model import Mail

log = logging.getLogger(__name__)

WAITING, SENT, FAILED = "waiting", "sent", "failed"
# Letters that somebody else can have sent to an address: they are counted.
UNASKED = ("receipt", "confirm")
BACKOFF_MINUTES = (1, 5, 15, 60, 180, 360, 720, 1440)
MOST_ATTEMPTS = 20
KEPT_DAYS = 30


def has_room(mail: str, per_day: int) -> bool:
    """Return whether an address may get one more letter that it did not ask for."""
    since = clock.now() - dt.timedelta(days=1)
    count = model.Session.scalar(
        sa.select(sa.func.count(Mail.id)).where(
            Mail.mail_key == sealing.mail_key(mail),
            Mail.kind.in_(UNASKED),
            Mail.created > since,
        )
    )
    return (count or 0) < per_day


def add(kind: str, mail: str, subject: str, text: str, stop: str = "") -> None:
    """Put a letter into the queue; `stop` is the address that ends a subscription.

    The caller commits.
    """
    letter = {"to": mail, "subject": subject, "text": text, "stop": stop}
    now = clock.now()
    model.Session.add(
        Mail(
            kind=kind,
            mail_key=sealing.mail_key(mail),
            letter=sealing.seal(json.dumps(letter, ensure_ascii=False)),
            state=WAITING,
            created=now,
            due=now,
        )
    )


def send_due(limit: int = 200) -> int:
    """Send the letters that are due, one after the other; return how many went out.

    Each is locked while it is sent, so that two senders never send the same. Commits.
    """
    sent = 0
    for _ in range(limit):
        mail = model.Session.scalar(
            sa.select(Mail)
            .where(Mail.state == WAITING, Mail.due <= clock.now())
            .order_by(Mail.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if mail is None:
            break
        sent += _try(mail)
        model.Session.commit()
    model.Session.rollback()
    return sent


def _try(mail: Mail) -> bool:
    try:
        _deliver(_message(json.loads(sealing.unseal(mail.letter))), mail.id)
    except (OSError, smtplib.SMTPException) as err:
        mail.attempts += 1
        wait = BACKOFF_MINUTES[min(mail.attempts, len(BACKOFF_MINUTES)) - 1]
        mail.due = clock.now() + dt.timedelta(minutes=wait)
        if mail.attempts >= MOST_ATTEMPTS:
            mail.state, mail.letter = FAILED, ""
        log.warning("letter %d was not sent: %s", mail.id, type(err).__name__)
        return False
    mail.state, mail.letter, mail.sent = SENT, "", clock.now()
    return True


def _message(letter: dict[str, str]) -> EmailMessage:
    message = EmailMessage()
    message["To"] = letter["to"]
    message["From"] = config.sender() or "noreply@localhost"
    message["Subject"] = letter["subject"]
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain="jiangmen.invalid")
    message["Auto-Submitted"] = "auto-generated"
    if letter.get("stop"):
        message["List-Unsubscribe"] = f"<{letter['stop']}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter["text"])
    return message


def _deliver(message: EmailMessage, number: int) -> None:
    if config.sender():
        _send(message)
        return
    folder = config.mail_folder()
    if folder is None:
        raise FileNotFoundError("no folder of letters")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Whole or not at all; mkstemp gives it the mode 0600.
    descriptor, staged = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(message.as_bytes())
        stream.flush()
        os.fsync(stream.fileno())
    site = tk.config["ckan.site_id"]
    os.replace(staged, folder / f"{site}-{number:08d}.eml")


def _send(message: EmailMessage) -> None:
    host, _, port = str(tk.config["smtp.server"]).partition(":")
    with smtplib.SMTP(host, int(port or 25), timeout=15) as server:
        if tk.config.get("smtp.starttls"):
            server.starttls()
        if user := tk.config.get("smtp.user"):
            server.login(str(user), str(tk.config.get("smtp.password") or ""))
        server.send_message(message)


def forget() -> None:
    """Remove the rows of letters that were sent or failed long ago. Commits."""
    before = clock.now() - dt.timedelta(days=KEPT_DAYS)
    model.Session.execute(
        sa.delete(Mail).where(Mail.state != WAITING, Mail.created < before)
    )
    model.Session.commit()
