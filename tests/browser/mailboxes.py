"""Where people of a test read their mail: the mail server's sink, or the local page."""

import re
from typing import Protocol

from tests.chromium import Visitor
from tests.processes import eventually
from tests.smtp import SmtpSink

CODE = re.compile(r"^([A-Z]{4}-[A-Z]{4})$", re.MULTILINE)
PRIVATE = re.compile(r"^(https?://\S+/deliveries/\S+)$", re.MULTILINE)
STOP = re.compile(r"^(https?://\S+/unsubscribe/\S+)$", re.MULTILINE)
LINK = re.compile(r"^(https?://\S+/(?:confirm|mine)/\S+)$", re.MULTILINE)


class Mailbox(Protocol):
    def newest(self, to: str) -> str:
        """The text of the newest mail to this address, waiting for a first one."""
        ...

    def titled(self, to: str, subject: str) -> str:
        """The text of the mail to this address with this subject, once it is there."""
        ...

    def opened(self, to: str, reader: Visitor) -> Visitor:
        """Who has that mail before them, as it looks."""
        ...


class Sink:
    def __init__(self, smtp: SmtpSink) -> None:
        self.smtp = smtp

    def newest(self, to: str) -> str:
        return self.smtp.wait(to=to)[-1].text

    def titled(self, to: str, subject: str) -> str:
        def found() -> list[str]:
            mine = [mail for mail in self.smtp.mails if to in mail.recipients]
            return [mail.text for mail in mine if mail.message["Subject"] == subject]

        eventually(lambda: bool(found()), f"{subject} to {to}", every=0.3)
        return found()[-1]

    def opened(self, to: str, reader: Visitor) -> Visitor:
        reader.page.goto("about:blank")  # a page of ours would lend the mail its policy
        reader.page.set_content(self.smtp.wait(to=to)[-1].html)
        return reader


class Files:
    """/dev/mail/ in a browser, as somebody trying things out reads it."""

    def __init__(self, visitor: Visitor, url: str) -> None:
        self.visitor, self.url = visitor, url

    def newest(self, to: str) -> str:
        return self.titled(to, "")

    def titled(self, to: str, subject: str) -> str:
        page = self.visitor.page
        row = page.locator("tbody tr").filter(has_text=to).filter(has_text=subject).first

        def came() -> bool:
            page.goto(f"{self.url}/dev/mail/")
            return bool(row.count())

        eventually(came, f"a mail to {to}", every=0.3)
        row.get_by_role("link").click()
        return str(page.locator("pre").inner_text())

    def opened(self, to: str, reader: Visitor) -> Visitor:
        self.newest(to)
        return self.visitor


def only(shape: re.Pattern[str], text: str) -> str:
    """The one code or link of a mail."""
    found = shape.findall(text)
    assert len(found) == 1, text
    return str(found[0])
