"""The admin: for staff who proved twice who they are, and only through the verbs."""

import re
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from campaigns.models import Invitation, Letter, Organiser, Report
from campaigns.services import admitting, publishing, reporting
from config import urls as _without_admin  # noqa: F401 (read while the admin is off)
from signatures.models import Invalidation, Signature
from signatures.services import denying, invalidating, sequencing
from tests import make
from tests.campaigns.test_accounts import ask_for_code, is_in, log_in, mails
from tests.signatures import handing

pytestmark = pytest.mark.django_db
MIRA = "mira@example.org"


@pytest.fixture(autouse=True)
def _admin_enabled(settings):
    settings.ROOT_URLCONF = "tests.adminurls"
    settings.ADMIN_ENABLED = True


@pytest.fixture
def mira() -> Client:
    """Staff, logged in with a code from a mail and one from her list."""
    staff = admitting.admit(email=MIRA, staff=True)
    TOTP.activate(staff, generate_totp_secret())
    codes = RecoveryCodes.activate(staff).get_unused_codes()
    client = Client()
    log_in(client, MIRA)
    client.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert is_in(client)
    return client


def act(client: Client, model: str, action: str, *rows: Any, **given: str):
    data = {"action": action, "_selected_action": [row.pk for row in rows], **given}
    return client.post(f"/admin/{model}/", data, follow=True)


def lines(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


# --- Who gets in ------------------------------------------------------------------------------
def test_t56_without_admin_enabled_there_is_no_admin(client, settings):
    settings.ROOT_URLCONF = "config.urls"
    for path in ["/admin/", "/admin/login/", "/admin/campaigns/letter/"]:
        assert client.get(path).status_code == 404


def test_t56_everybody_is_sent_to_the_one_place_to_log_in(client):
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")
    assert 'type="password"' not in answer.content.decode()


def test_t56_an_organiser_is_no_staff(client):
    client.force_login(make.organiser())
    assert client.get("/admin/", follow=True).status_code == 403
    assert client.get("/admin/campaigns/letter/", follow=True).status_code == 403


def test_t56_staff_without_a_second_proof_are_sent_to_set_one_up(client):
    admitting.admit(email=MIRA, staff=True)
    log_in(client, MIRA)
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/"
    assert "passkey or an authenticator app" in answer.content.decode()
    assert client.get("/admin/campaigns/letter/").status_code == 302


def test_t56_a_second_proof_that_was_set_up_but_not_given_opens_nothing(client):
    staff = admitting.admit(email=MIRA, staff=True)
    TOTP.activate(staff, generate_totp_secret())
    client.force_login(staff)
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/2fa/reauthenticate/")


def test_staff_find_everything_that_has_to_be_looked_after(mira):
    letter = make.letter()
    make.counted(letter)
    reporting.report(letter=letter, reason="spam", text="An advertisement.")
    page = mira.get("/admin/")
    assert page.status_code == 200
    for name, model_admin in _shown():
        for path in (f"/admin/{name}/", f"/admin/{name}/?q=7"):
            if "?q" in path and not model_admin.search_fields:
                continue
            assert mira.get(path).status_code == 200, path
    for row in [letter, letter.organiser, letter.revision, *Report.objects.all(),
                *Signature.objects.all()]:  # fmt: skip
        name = f"{row._meta.app_label}/{row._meta.model_name}"
        assert mira.get(f"/admin/{name}/{row.pk}/change/").status_code == 200


def _shown() -> list[tuple[str, Any]]:
    return [
        (f"{model._meta.app_label}/{model._meta.model_name}", one)
        for model, one in admin.site._registry.items()
    ]


def test_no_page_about_passwords_is_left_in_the_admin(mira):
    assert mira.get("/admin/password_change/").status_code == 404


def test_leaving_the_admin_leads_nowhere_else(mira):
    answer = mira.post("/admin/logout/?next=/%09/evil.example")
    assert answer.url == "/accounts/logout/"


def test_staff_hide_an_office_s_answer_and_read_no_private_words(mira, tmp_path, settings):
    settings.EXPORT_DIR = tmp_path
    delivery = handing.delivery(make.letter(), email="office@example.net", message="Private words")
    answered = handing.answered(handing.received(delivery), "Buy my book.")
    page = mira.get(f"/admin/signatures/delivery/{delivery.pk}/change/").content.decode()
    assert "Buy my book." in page
    assert "office@example.net" not in page
    assert "Private words" not in page
    for action, hidden in (("hide_answer", True), ("show_answer", False)):
        act(mira, "signatures/delivery", action, delivery, decided="yes")
        answered.refresh_from_db()
        assert bool(answered.answer_hidden_at) is hidden
    assert LogEntry.objects.filter(change_message__contains="the answer").count() == 2


# --- What can't be done -----------------------------------------------------------------------
MADE_BY_HAND = {"campaigns/invitation", "signatures/invalidation"}


def test_t21_no_form_makes_or_edits_what_counts(mira):
    letter = make.letter()
    pending = make.pending(letter)
    before = Signature.objects.values().get()
    everything = {
        "letter": letter.pk, "revision": letter.revision_id, "state": "confirmed", "method": "0",
        "counted": "on", "number": "1", "count": "5", "signed": "5", "name": "Sam", "_save": "Save",
    }  # fmt: skip
    for name, _model_admin in _shown():
        if name not in MADE_BY_HAND:
            assert mira.post(f"/admin/{name}/add/", everything).status_code == 403, name
    rows: list[Any] = [letter, pending, letter.organiser, letter.revision]
    for row in rows:
        name = f"{row._meta.app_label}/{row._meta.model_name}"
        assert mira.post(f"/admin/{name}/{row.pk}/change/", everything).status_code == 403
        assert mira.post(f"/admin/{name}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Signature.objects.values().get() == before
    sequencing.sequence(now=timezone.now())
    assert Letter.objects.for_page().get(pk=letter.pk).tally.count == 0


def test_t21_what_could_give_an_account_away_is_not_in_the_admin():
    shown = {name for name, _one in _shown()}
    assert not shown & {"account/emailaddress", "mfa/authenticator", "usersessions/usersession",
                        "auth/group", "campaigns/tally", "signatures/head"}  # fmt: skip


def test_what_staff_did_stands_in_the_log(mira):
    letter = make.letter()
    act(mira, "campaigns/letter", "take_down", letter, decided="y", reason="It names a child.")
    entry = LogEntry.objects.get()
    assert entry.user.email == MIRA
    assert "It names a child." in entry.change_message


# --- Letters and reports ----------------------------------------------------------------------
def test_a_letter_is_taken_down_with_a_reason_and_put_back(mira):
    letter = make.letter()
    page = act(mira, "campaigns/letter", "take_down", letter)
    assert page.status_code == 200
    assert "as everybody reads it" in page.content.decode()
    empty = act(mira, "campaigns/letter", "take_down", letter, decided="y", reason="")
    assert "required" in empty.content.decode()
    letter.refresh_from_db()
    assert not letter.is_taken_down

    act(mira, "campaigns/letter", "take_down", letter, decided="y", reason="It names a child.")
    letter.refresh_from_db()
    assert letter.taken_down_because == "It names a child."
    act(mira, "campaigns/letter", "put_back", letter)
    letter.refresh_from_db()
    assert not letter.is_taken_down


def test_a_letter_in_review_is_approved_or_sent_back(mira, settings):
    settings.REGISTRATION = "review"
    otto = make.organiser()
    one, other = make.letter(by=otto, published=False), make.letter(by=otto, published=False)
    for letter in (one, other):
        publishing.publish(letter=letter, by=otto, now=timezone.now())
    act(mira, "campaigns/letter", "approve", one)
    act(mira, "campaigns/letter", "send_back", other)
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.state, other.state) == ("open", "draft")
    refused = act(mira, "campaigns/letter", "approve", other)
    assert "waiting for review" in lines(refused)[0]


def test_closing_asks_first(mira):
    letter = make.letter()
    act(mira, "campaigns/letter", "close", letter)
    letter.refresh_from_db()
    assert letter.state == "open"
    act(mira, "campaigns/letter", "close", letter, decided="y")
    letter.refresh_from_db()
    assert letter.state == "closed"


def test_open_reports_stand_first_and_are_decided(mira):
    one, other = make.letter(title="The first"), make.letter(title="The second")
    reports = [
        reporting.report(letter=letter, reason="hate", text="Look.", email="joan@example.org")
        for letter in (one, other)
    ]
    act(mira, "campaigns/report", "keep_letter", reports[0], decided="y", note="It is fair.")
    page = mira.get("/admin/campaigns/report/").content.decode()
    assert page.index("The second") < page.index("The first")
    assert "joan@example.org" not in page
    detail = mira.get(f"/admin/campaigns/report/{reports[1].pk}/change/").content.decode()
    assert "joan@example.org" in detail
    act(mira, "campaigns/report", "take_letter_down", reports[1], decided="y", reason="Hateful.")
    other.refresh_from_db()
    assert other.taken_down_because == "Hateful."
    assert [one.state for one in Report.objects.order_by("pk")] == ["kept", "taken_down"]
    assert set(Report.objects.values_list("decided_by__email", flat=True)) == {MIRA}


def test_every_action_has_a_button_on_the_page_a_mail_leads_to(mira):
    letter = make.letter()
    page = mira.get(f"/admin/campaigns/letter/{letter.pk}/change/").content.decode()
    for action in ["approve", "send_back", "take_down", "put_back", "close"]:
        assert f'name="action" value="{action}"' in page
    assert "<script>" not in page


# --- Accounts ---------------------------------------------------------------------------------
def test_somebody_shut_out_is_out_at_once_and_can_come_back(mira):
    make.organiser("otto@example.org")
    otto = Client()
    log_in(otto)
    row = Organiser.objects.get(email="otto@example.org")
    act(mira, "campaigns/organiser", "shut_out", row, decided="y")
    assert not is_in(otto)
    ask_for_code(otto)
    assert "It is closed" in mails()[-1].body
    act(mira, "campaigns/organiser", "let_in", row)
    back = Client()
    log_in(back)
    assert is_in(back)


def test_staff_invite_and_revoke(mira):
    mira.post("/admin/campaigns/invitation/add/", {"email": "New@example.org", "_save": "Save"})
    invitation = Invitation.objects.get()
    assert invitation.email == "new@example.org"
    assert str(invitation.invited_by) == MIRA
    act(mira, "campaigns/invitation", "revoke", invitation)
    invitation.refresh_from_db()
    assert invitation.expires_at <= timezone.now()
    act(mira, "campaigns/invitation", "invite_again", invitation)
    invitation.refresh_from_db()
    assert invitation.expires_at > timezone.now()


# --- Signatures -------------------------------------------------------------------------------
def test_staff_see_neither_the_name_nor_the_address_of_who_withholds_them(mira):
    letter = make.letter()
    signature = make.counted(letter, name="Quiet Quinn", email="quinn@example.org", public=False)
    page = ""
    for path in ("", f"{signature.pk}/change/"):
        page = mira.get(f"/admin/signatures/signature/{path}").content.decode()
        assert "Quinn" not in page
        assert "quinn@" not in page
    assert "name withheld" in page


def test_signatures_are_found_by_id_or_number_and_by_nothing_else(mira):
    letter = make.letter()
    signature = make.counted(letter, name="Joan Baker")
    url = "/admin/signatures/signature/?q="
    for term in (str(signature.uid), str(signature.number)):
        assert str(signature.uid) in mira.get(url + term).content.decode()
    for term in ("Joan", "joan@example.org", "999"):
        assert str(signature.uid) not in mira.get(url + term).content.decode()


def test_withdrawing_and_erasing_ask_first(mira):
    letter = make.letter()
    signature = make.counted(letter)
    act(mira, "signatures/signature", "withdraw", signature)
    signature.refresh_from_db()
    assert signature.state == "confirmed"
    act(mira, "signatures/signature", "withdraw", signature, decided="y")
    act(mira, "signatures/signature", "erase", signature, decided="y")
    signature.refresh_from_db()
    assert (signature.state, signature.name, signature.email_sealed) == ("withdrawn", "", None)
    assert signature.number == 1


def test_a_rule_is_written_looked_at_started_and_cancelled(mira):
    letter = make.letter()
    kept, taken = make.counted(letter), make.counted(letter)
    rule = {
        "letter": letter.pk, "reason": "4", "public_reason": "A program signed.",
        "signed_from_0": "", "signed_from_1": "", "signed_until_0": "", "signed_until_1": "",
        "name_contains": "", "affiliation_contains": "", "network": "", "numbers": "2",
        "_save": "Save",
    }  # fmt: skip
    mira.post("/admin/signatures/invalidation/add/", rule)
    row = Invalidation.objects.get()
    assert (row.numbers, str(row.created_by)) == ([2], MIRA)
    too_soon = act(mira, "signatures/invalidation", "start", row, decided="y")
    assert "dry run" in lines(too_soon)[-1]
    looked = act(mira, "signatures/invalidation", "dry_run", row)
    assert "1 signatures would be taken out" in lines(looked)[0]
    act(mira, "signatures/invalidation", "start", row, decided="y")
    invalidating.run(invalidation=row.pk, now=timezone.now())
    taken.refresh_from_db()
    kept.refresh_from_db()
    assert (kept.state, taken.state) == ("confirmed", "invalidated")
    changed = mira.post(f"/admin/signatures/invalidation/{row.pk}/change/", rule)
    assert changed.status_code == 403
    act(mira, "signatures/invalidation", "cancel", row, decided="y")
    taken.refresh_from_db()
    assert taken.state == "confirmed"


def test_changing_a_rule_asks_for_another_dry_run(mira):
    letter = make.letter()
    row = invalidating.write(
        rule=Invalidation(letter=letter, reason=4, public_reason="x", numbers=[1]),
        by=letter.organiser,
    )
    invalidating.dry_run(invalidation=row)
    given = {"letter": letter.pk, "reason": "4", "public_reason": "y", "numbers": "1, 2"}
    dates = {f"signed_{side}_{n}": "" for side in ("from", "until") for n in (0, 1)}
    texts = {"name_contains": "", "affiliation_contains": "", "network": ""}
    url = f"/admin/signatures/invalidation/{row.pk}/change/"
    answer = mira.post(url, given | dates | texts | {"_save": "Save"})
    assert answer.status_code == 302, re.findall(r"errorlist.*", answer.content.decode())
    row.refresh_from_db()
    assert (row.numbers, row.matched) == ([1, 2], None)


def test_staff_find_letters_that_many_deny_having_signed(mira) -> None:
    busy, quiet = make.letter(title="Busy"), make.letter(title="Quiet")
    for letter, times in ((busy, 5), (quiet, 1)):
        for _one in range(times):
            denying.deny(token=make.token(make.pending(letter)), never=False, now=timezone.now())
    often = mira.get("/admin/signatures/funnel/?denied=often").content.decode()
    assert "Busy" in often
    assert "Quiet" not in often
    assert "Quiet" in mira.get("/admin/signatures/funnel/?denied=ever").content.decode()
    assert mira.get(f"/admin/signatures/funnel/{busy.pk}/change/").status_code == 200
