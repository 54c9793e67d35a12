"""One kept connection to the mail server per process, and what its answers mean."""

import smtplib
import time
from contextlib import suppress

import structlog
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend as SMTPBackend

ASK_AFTER = 5.0  # idle seconds after which the server is asked whether it is still there
RENEW_AFTER = 60.0  # idle seconds after which a new connection costs less than the doubt
LONGEST_PAUSE = 15.0  # seconds between two tries to reach a server that is down
SHUTTING_DOWN = 421
WANTS_LOGIN = {530, 534, 535, 538}

log = structlog.get_logger(__name__)


class Trouble(Exception):
    """A mail was not sent; the reason holds a class or a code, never an address."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(Trouble):
    """The server will never take this mail."""


class NotNow(Trouble):
    """The server may take this mail later."""


class LineDown(Trouble):
    """There is no server to talk to, or it stopped listening: says nothing about the mail."""


class Post:
    """Sends mails one after another over a connection that is reopened when it broke or aged."""

    def __init__(self) -> None:
        self._backend = get_connection()
        self._open = False
        self._sent = 0  # over this connection
        self._spoke_at = 0.0
        self._failures = 0
        self._not_before = 0.0

    def ready(self) -> None:
        """Have a connection that works, or raise LineDown; a dead server is asked ever less."""
        now = time.monotonic()
        if now < self._not_before:
            raise LineDown("waiting")
        if self._open and now - self._spoke_at > ASK_AFTER:
            self._ask(now)
        if not self._open:
            self._dial()

    def send(self, mail: EmailMessage) -> None:
        """Hand over one mail; a connection that had worked and broke is replaced once."""
        self.ready()
        seasoned = self._sent > 0
        try:
            self._hand_over(mail)
        except LineDown:
            if not seasoned:
                raise
            self._not_before = 0.0
            self.ready()
            self._hand_over(mail)

    def close(self) -> None:
        if self._open:
            with suppress(OSError):
                self._backend.close()
        self._open = False

    def _dial(self) -> None:
        try:
            self._backend.open()
        except OSError as error:  # smtplib's exceptions are OSErrors too
            raise self._lost(error) from None
        self._open, self._sent, self._spoke_at = True, 0, time.monotonic()

    def _ask(self, now: float) -> None:
        line = getattr(self._backend, "connection", None)
        if line is None or not isinstance(self._backend, SMTPBackend):
            return
        try:
            alive = now - self._spoke_at < RENEW_AFTER and line.noop()[0] == 250
        except OSError:
            alive = False
        if alive:
            self._spoke_at = now
        else:
            self._hang_up()

    def _hand_over(self, mail: EmailMessage) -> None:
        try:
            self._backend.send_messages([mail])
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise self._judge(min(codes, default=450)) from None
        except smtplib.SMTPSenderRefused as error:
            # A sender the server does not like is a wrong setting, which somebody may correct.
            code = error.smtp_code
            raise (
                self._judge(code)
                if code == SHUTTING_DOWN or code in WANTS_LOGIN
                else NotNow(f"sender {code}")
            ) from None
        except smtplib.SMTPResponseException as error:
            raise self._judge(error.smtp_code) from None
        except OSError as error:
            raise self._lost(error) from None
        self._sent += 1
        self._failures = 0
        self._spoke_at = time.monotonic()

    def _judge(self, code: int) -> Trouble:
        if code == SHUTTING_DOWN or code in WANTS_LOGIN:
            return self._lost(Trouble(str(code)))
        self._spoke_at = time.monotonic()
        self._failures = 0
        return Refused(f"refused {code}") if 500 <= code < 600 else NotNow(f"later {code}")

    def _lost(self, error: Exception) -> LineDown:
        self._hang_up()
        self._failures += 1
        self._not_before = time.monotonic() + min(2.0 ** (self._failures - 1), LONGEST_PAUSE)
        code = getattr(error, "smtp_code", "")
        name = type(error).__name__ if not isinstance(error, Trouble) else error.reason
        reason = f"connection {name} {code}".strip()
        log.warning("mail server not reached", reason=reason, failures=self._failures)
        return LineDown(reason)

    def _hang_up(self) -> None:
        """Drop the connection without a word: a QUIT into a dead line waits for its time-out."""
        line = getattr(self._backend, "connection", None)
        if line is not None and isinstance(self._backend, SMTPBackend):
            line.close()
            self._backend.connection = None
        self._open = False
