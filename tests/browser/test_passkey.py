"""An account from its first code to logging in with a passkey, in a real browser under our CSP."""

import re
from collections.abc import Callable
from typing import Any

from tests.chromium import PHONE, Visitor
from tests.installation import Installation
from tests.smtp import SmtpSink

OTTO = "otto@example.org"
PHONE_IN_HAND = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def hold_a_phone(otto: Visitor) -> Callable[[], None]:
    """Chromium's own pretended authenticator; returns how to hand it to somebody else."""
    devtools = otto.context.new_cdp_session(otto.page)
    devtools.send("WebAuthn.enable")
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE_IN_HAND})

    def hand_on() -> None:
        devtools.send("WebAuthn.setUserVerified", made | {"isUserVerified": False})

    return hand_on


def type_the_code(otto: Visitor, smtp: SmtpSink, mails: int) -> None:
    text = smtp.wait(mails, to=OTTO)[-1].text
    found = re.search(r"^([A-Z]{4}-[A-Z]{4})$", text, re.MULTILINE)
    assert found, text
    otto.page.fill("input[name=code]", found[1].lower())
    otto.page.get_by_role("button", name="Continue").click()


def test_an_account_is_opened_by_a_code_and_entered_by_a_passkey(
    installation: Installation, smtp: SmtpSink, visit: Callable[..., Any]
) -> None:
    otto = visit(size=PHONE)
    page, at = otto.page, installation.url
    hand_on = hold_a_phone(otto)

    page.goto(f"{at}/accounts/signup/")
    page.fill("input[name=email]", OTTO)
    page.get_by_role("button", name="Send me a code").click()
    type_the_code(otto, smtp, 1)
    page.wait_for_url("**/organise/")

    page.goto(f"{at}/accounts/2fa/webauthn/add/")
    page.fill("input[name=name]", "My phone")
    page.get_by_role("button", name="Add it").click()
    page.wait_for_url("**/recovery-codes/")
    assert "My phone" in page.goto(f"{at}/accounts/").text()

    page.get_by_role("button", name="Log out").click()
    page.goto(f"{at}/accounts/login/")
    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url("**/organise/")

    page.get_by_role("button", name="Log out").click()
    hand_on()
    page.goto(f"{at}/accounts/login/")
    page.get_by_role("button", name="Log in with a passkey").click()
    page.get_by_text("That did not work").wait_for()
    assert otto.complaints == []
