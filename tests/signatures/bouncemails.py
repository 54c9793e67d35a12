"""Mails as servers write them that could not hand one over, and mails that only look so."""

import uuid
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

HOST = "letters.example"


def bounces(message: uuid.UUID, part: str = "") -> str:
    return f"bounces+{message.hex}{part}@{HOST}"


def report(
    message: uuid.UUID,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    to: str = "",
    returned: str = "whole",
) -> bytes:
    """RFC 3464, as Postfix and most others do it; `returned`: "whole", "headers" or nothing."""
    mail = MIMEMultipart("report")
    mail.set_param("report-type", "delivery-status")
    mail["Return-Path"] = "<>"
    mail["From"] = "MAILER-DAEMON@mx.example"
    mail["To"] = to or bounces(message)
    mail["Auto-Submitted"] = "auto-replied"
    mail["Subject"] = "Undelivered"
    mail.attach(MIMEText("It could not be delivered."))
    mail.attach(_status(action, status))
    original = f"Return-Path: <{bounces(message)}>\nMessage-ID: <{message}@{HOST}>\n"
    original += "To: joan@example.org\nSubject: Please confirm\n\nHello Joan\n"
    if returned == "whole":
        mail.attach(_typed("message/rfc822", original))
    elif returned == "headers":
        mail.attach(_typed("text/rfc822-headers", original))
    return mail.as_bytes()


def _status(action: str, status: str) -> Message:
    part = MIMEBase("message", "delivery-status")
    server, person = Message(), Message()
    server["Reporting-MTA"] = "dns; mx.example"
    person["Final-Recipient"] = "rfc822; joan@example.org"
    person["Action"] = action
    person["Status"] = status
    person["Diagnostic-Code"] = f"smtp; 550 {status} no"
    part.set_payload([server, person])
    return part


def _typed(kind: str, text: str) -> Message:
    part = Message()
    part["Content-Type"] = kind
    part.set_payload(text)
    return part


def plain(message: uuid.UUID, words: str, **headers: str) -> bytes:
    """One text, as older servers write it, with the mail itself below."""
    mail = Message()
    given = {"Return_Path": "<>", "From": "Mail Delivery System <Mailer-Daemon@mx.example>"}
    for name, value in (given | headers).items():
        mail[name.replace("_", "-")] = value
    mail.set_payload(f"{words}\n\nReturn-Path: <{bounces(message)}>\nSubject: Please confirm\n")
    return mail.as_bytes()


EXIM = """A mail of yours went to nobody:
  joan@example.org
    host mx.example [192.0.2.1]
    SMTP error after RCPT TO:<joan@example.org>: 550 5.1.1 nobody of that name
"""
QMAIL = """The program for sending at mx.example could not do it. This is for good.
<joan@example.org>:
192.0.2.1 does not like the recipient.
The other side said: 550 no mailbox here
"""
LATER = """It is not delivered yet, and will be tried for four more days:
  joan@example.org
    host mx.example: 451 4.7.1 come again, not 550 5.1.1
"""
ABSENT = """I am away until Monday. Room 5.1.1, extension 550 is where you find Ann.
"""
