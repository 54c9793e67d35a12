"""Every page a visitor can come to, by name, and how to get there."""

from collections.abc import Callable

from playwright.sync_api import Page

Way = str | Callable[[Page, str], object]


def with_errors(page: Page, url: str) -> None:
    page.goto(f"{url}/letters/aller/")
    page.evaluate("document.querySelectorAll('form').forEach(form => form.noValidate = true)")
    page.locator("#sign").get_by_label("Your e-mail address").fill("joan at example.org")
    page.get_by_role("button", name="Sign this letter").click()


def frame_with_errors(page: Page, url: str) -> None:
    page.goto(f"{url}/letters/aller/embed/sign/")
    page.evaluate("document.querySelectorAll('form').forEach(form => form.noValidate = true)")
    page.get_by_role("button", name="Sign this letter").click()


def sent_with_errors(page: Page, url: str) -> None:
    page.goto(f"{url}/letters/aller/")
    form = page.locator("#sign")
    form.get_by_label("Your name").fill("Joan Baker")
    form.get_by_label("Your e-mail address").fill("waits@example.org")
    form.get_by_label("Friends elsewhere").check()
    form.get_by_label("Show my name").check()
    page.get_by_role("button", name="Sign this letter").click()
    page.get_by_label("The six digits in our mail").fill("123 456")
    page.get_by_role("button", name="Confirm with these digits").click()


def paused_meanwhile(page: Page, url: str) -> None:
    page.goto(f"{url}/letters/aller/")
    page.evaluate(
        """const form = document.querySelector('form.signing');
           form.noValidate = true;
           form.action = '/letters/paused/sign/';"""
    )
    page.get_by_role("button", name="Sign this letter").click()


def foreign_method(page: Page, url: str) -> None:
    page.goto(f"{url}/letters/aller/sign/")


def new_with_errors(page: Page, url: str) -> None:
    page.goto(f"{url}/organise/letters/new/")
    page.get_by_label("Own colour").or_(page.get_by_label("Another colour")).fill("yellow")
    page.get_by_label("Another one").check()
    page.get_by_role("button", name="Save draft").first.click()


def looked_at(page: Page, url: str) -> None:
    page.goto(f"{url}/organise/letters/draft/edit/")
    page.get_by_role("button", name="Preview").first.click()


def revised(page: Page, url: str) -> None:
    page.goto(f"{url}/organise/letters/long-title/edit/")
    page.get_by_label("Summary").fill("Shade for everybody who walks there, and no caps.")
    page.get_by_role("button", name="Continue").first.click()


def code_asked(page: Page, url: str) -> None:
    page.goto(f"{url}/accounts/login/")
    page.get_by_label("E-mail address").fill("nobody@example.org")
    page.get_by_role("button", name="Send me a code").click()


def answer_looked_at(page: Page, url: str) -> None:
    deliveries = f"{url}/organise/letters/aller/deliveries/"
    page.goto(deliveries)
    office = page.locator("li", has_text="Registry, room 4").locator("input.copy").input_value()
    page.goto(office)
    page.get_by_label("Your answer").fill("The water stays.\n\nWe thank you for every name.")
    page.get_by_label("Who answers").fill("Marta Velander, Minister for Water")
    page.get_by_role("button", name="Look at it first").click()


def struck(page: Page, url: str) -> None:
    page.goto(f"{url}/organise/letters/aller/deliveries/")
    page.get_by_role("link", name="Recorded by mistake").first.click()


def delivery_with_errors(page: Page, url: str) -> None:
    page.goto(f"{url}/organise/letters/aller/deliveries/")
    page.evaluate("document.querySelectorAll('form').forEach(form => form.noValidate = true)")
    page.get_by_label("E-mail address of their office").fill("office at example.org")
    page.get_by_role("button", name="Record it").click()


def update_looked_at(page: Page, url: str) -> None:
    page.goto(f"{url}/organise/letters/aller/updates/")
    drafts = page.locator("section", has=page.get_by_role("heading", name="Drafts"))
    drafts.get_by_role("link").first.click()


def update_to_send(page: Page, url: str) -> None:
    update_looked_at(page, url)
    page.get_by_role("link", name="Send to").click()


def update_on_its_way(page: Page, url: str) -> None:
    page.goto(f"{url}/organise/letters/aller/updates/")
    page.locator("li", has_text="being sent").get_by_role("link").click()


def update_with_errors(page: Page, url: str) -> None:
    page.goto(f"{url}/organise/letters/aller/updates/write/")
    page.get_by_label("Subject").fill("At last")
    page.get_by_role("button", name="Keep it").click()


# What the command `dress` prints comes to these. Strangers see:
PUBLIC: dict[str, Way] = {
    "home": "/",
    "home-german": "/de/",
    "home-french": "/fr/",
    "home-nothing-found": "/?q=zzz",
    "letter-german": "/de/letters/aller/",
    "letter-errors": with_errors,
    "letter-paused-meanwhile": paused_meanwhile,
    "sent-errors": sent_with_errors,
    "signatures": "/letters/aller/signatures/",
    "signatures-by-name": "/letters/aller/signatures/?order=name",
    "signatures-found": "/letters/aller/signatures/?q=jo",
    "signatures-not-found": "/letters/aller/signatures/?q=zzz",
    "signatures-arabic": "/letters/night-bus/signatures/",
    "signatures-empty": "/letters/empty/signatures/",
    "privacy-of-letter": "/letters/aller/privacy/",
    "changes": "/letters/aller/changes/",
    "share": "/letters/aller/share/",
    "press": "/letters/aller/press/",
    "press-arabic": "/letters/night-bus/press/",
    "press-empty": "/letters/empty/press/",
    "checked": "/letters/aller/checked/",
    "checked-arabic": "/letters/night-bus/checked/",
    "counter": "/letters/aller/embed/counter/",
    "counter-arabic": "/letters/night-bus/embed/counter/",
    "counter-taken-down": "/letters/taken-down/embed/counter/",
    "sign-frame": "/letters/aller/embed/sign/",
    "sign-frame-arabic": "/letters/night-bus/embed/sign/",
    "sign-frame-errors": frame_with_errors,
    "sign-frame-sent": "/letters/aller/embed/sign/sent/",
    "report": "/letters/aller/report/",
    "report-sent": "/letters/aller/report/sent/",
    "everything-ask": "/mine/",
    "imprint": "/imprint/",
    "verify": "/verify/",
    "privacy": "/privacy/",
    "terms": "/terms/",
    "log": "/log/",
    "error-not-found": "/letters/nowhere/",
    "error-wrong-method": foreign_method,
    "dev-mails": "/dev/mail/",
}
DRESSED = (
    *("letter-aller", "letter-night-bus", "letter-empty", "letter-long-title", "letter-paused"),
    *("letter-closed", "letter-taken-down", "letter-upcoming", "sent"),
    *("confirm", "confirm-changed-letter", "confirm-expired", "confirm-bad-link"),
    *("confirm-refused", "mine", "mine-withdraw", "mine-later", "mine-ask-first"),
    *("mine-link-over", "mine-withdrawn", "mine-invalidated"),
    *("mine-newer", "mine-erase", "mine-data", "mine-correct"),
    *("mine-address-gone", "not-me", "everything"),
    *("delivery", "delivery-received", "delivery-answered", "delivery-link-over"),
    *("unsubscribe", "unsubscribe-stopped", "mine-brought"),
    *("delivery-bad-link", "delivery-struck", "delivery-arabic"),
)
# These set a session's cookie, and are not among the pages that must not.
DOORS: dict[str, Way] = {
    "account-login": "/accounts/login/",
    "account-signup": "/accounts/signup/",
    "account-code": code_asked,
}
ORGANISER: dict[str, Way] = {
    "organise": "/organise/",
    "organise-new": "/organise/letters/new/",
    "organise-new-errors": new_with_errors,
    "organise-desk": "/organise/letters/aller/",
    "organise-desk-draft": "/organise/letters/draft/",
    "organise-desk-closed": "/organise/letters/closed/",
    "organise-desk-taken-down": "/organise/letters/taken-down/",
    "organise-desk-arabic": "/organise/letters/night-bus/",
    "organise-edit": "/organise/letters/aller/edit/",
    "organise-look": looked_at,
    "organise-revise": revised,
    "organise-close": "/organise/letters/aller/close/",
    "organise-preview": "/organise/letters/draft/preview/",
    "organise-first": "/organise/letters/aller/first/",
    "organise-exports": "/organise/letters/aller/exports/",
    "organise-deliveries": "/organise/letters/aller/deliveries/",
    "organise-deliveries-errors": delivery_with_errors,
    "organise-deliveries-strike": struck,
    "organise-deliveries-none": "/organise/letters/empty/deliveries/",
    "organise-deliveries-draft": "/organise/letters/draft/deliveries/",
    "organise-updates": "/organise/letters/aller/updates/",
    "organise-updates-none": "/organise/letters/empty/updates/",
    "organise-updates-write": update_with_errors,
    "organise-updates-one": update_looked_at,
    "organise-updates-one-sending": update_on_its_way,
    "organise-updates-send": update_to_send,
    "delivery-answer-looked-at": answer_looked_at,
    "organise-exports-none": "/organise/letters/draft/exports/",
    "account": "/accounts/",
    "account-email": "/accounts/email/",
    "account-app": "/accounts/2fa/totp/activate/",
    "account-passkey": "/accounts/2fa/webauthn/add/",
    "account-logout": "/accounts/logout/",
    "organise-not-found": "/organise/letters/nowhere/",
}
ALL = (*PUBLIC, *DRESSED, *DOORS, *ORGANISER)


def shares_colours(name: str) -> bool:
    """Whether this is another page of the list in another state, or the letter page once more."""
    again = name.startswith("letter-") and name != "letter-aller"
    return again or any(name.startswith(f"{other}-") for other in ALL if other != "organise")
