"""Handing a letter over: the record, the office's private page, what it says, and its traces."""

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import time_machine
from django.core import serializers
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from campaigns import limiting
from campaigns.models import Letter
from campaigns.services import drafting, publishing
from signatures import tokens
from signatures.models import Delivery, Export, Signature
from signatures.services import answering, delivering, erasing, exporting, forgetting, sweeping
from signatures.services.delivering import Ended, Refused
from signatures.tokens import Purpose
from signatures.views import office
from tests import make, supporter
from tests.parsing import Page
from tests.polyglots import POLYGLOTS
from tests.signatures import handing
from worker.models import OutboxMessage

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Any) -> None:
    settings.EXPORT_DIR = tmp_path


@pytest.fixture
def letter() -> Letter:
    return make.letter(
        slug="aller", by=make.organiser("otto@example.org"), now=timezone.now() - DAY
    )


def words(path: str, status: int = 200) -> str:
    answer: Any = supporter.browser().get(path)
    assert answer.status_code == status, answer.content.decode()
    return Page(answer).words()


def press(path: str, button: str, **fields: str) -> Any:
    return supporter.browser().post(path, {"press": button} | fields)


def everything() -> str:
    """Every row a visit could leave a trace in."""
    rows = [*Delivery.objects.all(), *Export.objects.all(), *OutboxMessage.objects.all()]
    return str(serializers.serialize("json", [*rows, *Letter.objects.all()]))


# --- The record -------------------------------------------------------------------------------
def test_it_keeps_what_was_true_of_the_file_that_was_handed_over(letter: Letter) -> None:
    made = timezone.now()
    file = handing.export(letter, snapshot_at=made, count=7)
    draft = make.draft(title="Another title")
    drafting.edit(letter=letter, draft=draft, by=letter.organiser, now=made + timedelta(seconds=1))
    letter = Letter.objects.for_page().get(pk=letter.pk)
    with time_machine.travel(made + timedelta(minutes=5), tick=False):
        delivery = handing.delivery(letter, exports=[file])
    assert (delivery.count, delivery.revision.number) == (7, 1)
    assert delivery.target_name == "Marta Velander"
    assert delivery.delivered_at == made + timedelta(minutes=5)


def test_a_delivered_file_lives_ninety_days_and_a_struck_one_no_longer_than_others(
    letter: Letter,
) -> None:
    now = timezone.now()
    delivery = handing.delivery(letter, now=now)
    [file] = delivery.exports.all()
    assert file.expires_at == now + 90 * DAY
    delivering.strike(uid=delivery.uid, now=now)
    file.refresh_from_db()
    assert file.expires_at == now + timedelta(hours=72)


def test_a_file_of_two_deliveries_stays_when_one_is_struck(letter: Letter) -> None:
    file = handing.export(letter)
    first = handing.delivery(letter, exports=[file])
    handing.delivery(letter, exports=[file], how="hand")
    delivering.strike(uid=first.uid, now=timezone.now())
    file.refresh_from_db()
    assert file.expires_at > timezone.now() + 80 * DAY


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_t48_only_a_pdf_is_handed_over(letter: Letter, kind: str) -> None:
    """The others hold what withheld signers wrote, and addresses."""
    with pytest.raises(Refused, match="PDF"):
        handing.delivery(letter, exports=[handing.export(letter, format=kind)])


def test_t48_a_file_of_another_letter_is_not_handed_over(letter: Letter) -> None:
    with pytest.raises(Refused):
        handing.delivery(letter, exports=[handing.export(make.letter())])


def test_people_on_paper_are_those_of_the_file_not_of_the_day(letter: Letter) -> None:
    export = handing.export(letter, paper=40)
    letter.tally.paper = 55
    letter.tally.save()
    assert handing.delivery(letter, exports=[export]).paper == 40


def test_a_mail_needs_a_file_that_is_still_there_and_paper_one_that_was(letter: Letter) -> None:
    gone = handing.export(letter, state=Export.State.EXPIRED)
    with pytest.raises(Refused):
        handing.delivery(letter, exports=[gone])
    assert handing.delivery(letter, exports=[gone], how="hand").exports.get() == gone
    failed = handing.export(letter, state=Export.State.FAILED, ready_at=None)
    for exports in ([failed], []):
        with pytest.raises(Refused):
            handing.delivery(letter, exports=exports, how="hand")


def test_nothing_is_handed_over_in_the_future_or_before_publishing(letter: Letter) -> None:
    now = timezone.now()
    for at in (now + timedelta(hours=1), now - 3 * DAY):
        with pytest.raises(Refused):
            handing.delivery(letter, how="hand", delivered_at=at)
    earlier = now - timedelta(hours=3)
    assert handing.delivery(letter, how="hand", delivered_at=earlier).delivered_at == earlier


def test_a_letter_that_was_taken_down_is_not_handed_over(letter: Letter) -> None:
    file = handing.export(letter)
    publishing.take_down(letter=letter, because="It was false.", now=timezone.now())
    with pytest.raises(Refused):
        handing.delivery(Letter.objects.for_page().get(pk=letter.pk), exports=[file])


def test_t03_a_button_pressed_twice_records_once(letter: Letter) -> None:
    file = handing.export(letter)
    first = handing.delivery(letter, exports=[file])
    assert handing.delivery(letter, exports=[file]) == first
    assert handing.delivery(letter, exports=[file], email="other@example.org") != first
    assert len(supporter.new_mails()) == 2
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert handing.delivery(letter, exports=[file]) != first


def test_t83_a_file_that_was_handed_over_is_made_anew_when_somebody_in_it_is_erased(
    letter: Letter,
) -> None:
    signature = make.counted(letter, name="Joan Baker")
    delivery = handing.delivery(letter)
    erasing.erase(uid=signature.uid, now=timezone.now())
    shown = words(handing.page_of(delivery))
    assert "not kept any more" in shown
    assert "A newer one is being made" in shown
    assert supporter.browser().get(handing.file_of(delivery)).status_code == 410
    assert Export.objects.get(replaces=delivery.exports.get()).state == Export.State.QUEUED


# --- Mails ------------------------------------------------------------------------------------
def test_the_office_gets_a_mail_with_a_private_link(letter: Letter) -> None:
    with time_machine.travel(make.noon(), tick=False):
        handing.delivery(letter, message="Dear Minister,\n\nhere it is.")
        [sent] = supporter.new_mails()
    assert isinstance(sent, EmailMultiAlternatives)
    assert sent.to == ["minister@example.org"]
    assert sent.subject == "An open letter to you: “Give the Aller its water back”"
    for said in (
        "Friends of the Aller",
        "Marta Velander",
        "12 people",
        "here it is.",
        date_format(make.noon() + 90 * DAY, "j F"),  # how long its link works
    ):
        assert said in sent.body
        assert said in sent.alternatives[0][0]
    assert "otto@example.org" not in sent.message().as_string()
    [link] = [line for line in sent.body.splitlines() if "/deliveries/" in line]
    assert link.startswith("http")


def test_a_delivery_by_hand_mails_nobody(letter: Letter) -> None:
    handing.delivery(letter, how="hand")
    assert supporter.new_mails() == []


def test_a_link_that_was_replaced_before_the_mail_went_is_not_sent(letter: Letter) -> None:
    delivery = handing.delivery(letter)
    delivering.renew_link(uid=delivery.uid)
    [sent] = supporter.new_mails()
    [link] = [line for line in sent.body.splitlines() if "/deliveries/" in line]
    words(urlsplit(link).path)


def test_what_was_struck_is_not_mailed(letter: Letter) -> None:
    delivery = handing.delivery(letter)
    delivering.strike(uid=delivery.uid, now=timezone.now())
    assert supporter.new_mails() == []


def test_the_organiser_is_told_that_it_came_and_what_was_answered(letter: Letter) -> None:
    delivery = handing.delivery(letter, how="hand")
    handing.received(delivery, "Registry, room 4")
    handing.received(delivery, "Somebody else")  # pressed twice
    handing.answered(delivery, "We thank you.\n\nThe water stays.")
    came, answered = supporter.new_mails()
    assert came.to == answered.to == ["otto@example.org"]
    assert "Registry, room 4" in came.body
    assert "Somebody else" not in came.body
    assert "We thank you." in answered.body
    assert "The water stays." in answered.body


def test_t31_no_typed_word_becomes_a_header(letter: Letter) -> None:
    title = "A title\r\nBcc: x@example.org"
    Letter.objects.filter(pk=letter.pk).update(title=title)
    letter.revision.__class__.objects.update(title=title)
    delivery = handing.delivery(Letter.objects.for_page().get(pk=letter.pk))
    handing.answered(handing.received(delivery))
    mails = supporter.new_mails()
    assert len(mails) == 3
    for sent in mails:
        assert sent.recipients() in (["minister@example.org"], ["otto@example.org"])
        assert "Bcc" not in sent.message()


# --- The private page -------------------------------------------------------------------------
def test_the_page_shows_the_letter_the_count_the_files_and_the_proof(letter: Letter) -> None:
    file = handing.export(letter, count=1234, pages=56)
    delivery = handing.delivery(letter, exports=[file], message="Dear Minister, here it is.")
    shown = words(handing.page_of(delivery))
    assert "1,234 people have signed this letter" in shown
    assert "An open letter to Marta Velander, Minister for Water" in shown
    for said in ("56 pages", file.sha256, letter.revision.sha256, "Dear Minister, here it is."):
        assert said in shown
    assert "We have received it" in shown
    assert "Your answer" not in shown


def test_t01_opening_prefetching_and_downloading_record_nothing(letter: Letter) -> None:
    delivery = handing.delivery(letter)
    path = handing.page_of(delivery)
    before = everything()
    client: Any = supporter.browser()
    for address in (path, handing.file_of(delivery)):
        for headers in ({}, {"Sec-Purpose": "prefetch"}, {"Purpose": "preview"}):
            for answer in (
                client.get(address, headers=headers),
                client.head(address, headers=headers),
            ):
                assert answer.status_code == 200
                for close in answer._resource_closers:
                    close()
    for part in ("received/", "answer/"):
        assert client.get(path + part).status_code == 405
        assert client.head(path + part).status_code == 405
    assert everything() == before


def test_control_a_press_leaves_a_trace(letter: Letter) -> None:
    delivery = handing.delivery(letter)
    before = everything()
    press(handing.page_of(delivery, "received/"), "received")
    assert everything() != before


def test_t02_a_form_sent_without_its_button_records_nothing(letter: Letter) -> None:
    delivery = handing.delivery(letter)
    before = everything()
    assert press(handing.page_of(delivery, "received/"), "").status_code == 400
    handing.received(delivery)
    given = {"text": "Yes.", "by_name": "Marta"}
    assert press(handing.page_of(delivery, "answer/"), "", **given).status_code == 400
    delivery.refresh_from_db()
    assert delivery.answered_at is None
    assert before != everything()  # the verb above: this look can see


def test_t03_pressing_twice_is_pressing_once(letter: Letter) -> None:
    delivery = handing.delivery(letter)
    for name in ("Registry", "Archive"):
        sent = press(handing.page_of(delivery, "received/"), "received", by_name=name)
        assert sent.status_code == 303
    delivery.refresh_from_db()
    assert delivery.received_by == "Registry"
    assert OutboxMessage.objects.filter(topic="delivery.received").count() == 1


def test_t10_the_page_is_not_stored_named_or_listed_and_sets_no_cookie(letter: Letter) -> None:
    path = handing.page_of(handing.delivery(letter))
    for address in (path, path.replace("/deliveries/", "/deliveries/x")):
        answer = supporter.browser().get(address)
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer["X-Robots-Tag"]
        assert not answer.cookies
        page = Page(answer)
        assert page.fetched_hosts() <= {""}
        assert page.inline_code() == []


def test_the_file_comes_through_the_link_and_no_other_file_does(letter: Letter) -> None:
    delivery = handing.delivery(letter)
    other = handing.export(letter)
    answer: Any = supporter.browser().get(handing.file_of(delivery))
    assert b"".join(answer.streaming_content) == handing.CONTENT
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Cache-Control"] == "no-store"
    token = handing.page_of(delivery).split("/")[2]
    for export in (other.uid, uuid.uuid4()):
        address = reverse("delivery_file", args=[token, export])
        assert supporter.browser().get(address).status_code == 404


def test_a_file_that_is_lost_is_said_to_be(letter: Letter) -> None:
    delivery = handing.delivery(letter)
    exporting.path_of(delivery.exports.get()).unlink()
    assert "This file is not kept any more" in words(handing.file_of(delivery), status=410)


def test_a_file_made_anew_takes_the_place_of_the_one_handed_over(letter: Letter) -> None:
    delivery = handing.delivery(letter)
    [old] = delivery.exports.all()
    Export.objects.filter(pk=old.pk).update(state=Export.State.EXPIRED)
    exporting.path_of(old).unlink()
    assert "not kept any more" in words(handing.page_of(delivery))
    assert supporter.browser().get(handing.file_of(delivery)).status_code == 410
    new = handing.export(letter, content=b"%PDF anew", replaces=old)
    newest = handing.export(letter, content=b"%PDF once more", replaces=new)
    shown = words(handing.page_of(delivery))
    assert newest.sha256 in shown
    assert old.sha256 in shown  # of the file that may lie on somebody's desk
    assert "Made anew" in shown
    answer: Any = supporter.browser().get(handing.file_of(delivery))
    assert b"".join(answer.streaming_content) == b"%PDF once more"


def test_t05_forged_foreign_and_cut_links_open_nothing(letter: Letter) -> None:
    delivery = handing.delivery(letter)
    now = timezone.now()
    foreign = [
        tokens.make(purpose, delivery.uid, generation=0, at=now)
        for purpose in Purpose
        if purpose != Purpose.DELIVERY
    ]
    unknown = tokens.make(Purpose.DELIVERY, uuid.uuid4(), generation=0, at=now)
    good = handing.page_of(delivery).split("/")[2]
    answers = {
        Page(supporter.browser().get(f"/deliveries/{token}/")).words()
        for token in (*foreign, unknown, good[:-1], make.forged(good), "x" * 60)
    }
    assert len(answers) == 1
    assert supporter.browser().get(f"/deliveries/{unknown}/").status_code == 404
    for view in ("mine", "confirm"):  # and this one opens nothing else
        assert supporter.browser().get(reverse(view, args=[good])).status_code == 404


def test_links_end_by_time_by_a_newer_one_and_by_striking(letter: Letter) -> None:
    delivery = handing.delivery(letter)
    first = handing.page_of(delivery)
    with time_machine.travel(timezone.now() + 89 * DAY):
        words(first)
    with time_machine.travel(timezone.now() + 91 * DAY):
        assert "90 days" in words(first, 410)
    renewed = delivering.renew_link(uid=delivery.uid)
    assert "newer" in words(first, 410)
    assert press(f"{first}received/", "received").status_code == 410
    second = handing.page_of(renewed)
    words(second)
    delivering.strike(uid=delivery.uid, now=timezone.now())
    assert "struck" in words(second, 410)
    assert supporter.browser().get(handing.file_of(renewed)).status_code == 410
    with pytest.raises(Ended):
        handing.received(renewed)
    with pytest.raises(Refused):
        delivering.renew_link(uid=delivery.uid)


def test_of_a_letter_that_was_taken_down_nothing_is_handed_out(letter: Letter) -> None:
    delivery = handing.delivery(letter)
    publishing.take_down(letter=letter, because="It was false.", now=timezone.now())
    shown = words(handing.page_of(delivery), 410)
    assert "It was false." in shown
    assert letter.title not in shown
    assert supporter.browser().get(handing.file_of(delivery)).status_code == 410
    assert press(handing.page_of(delivery, "received/"), "received").status_code == 410


def test_the_page_speaks_the_letter_s_language() -> None:
    letter = make.letter(language="de")
    path = handing.page_of(handing.delivery(letter))
    assert Page(supporter.browser().get(path)).one("html").get("lang") == "de"
    assert Page(supporter.browser().get(f"/fr{path}")).one("html").get("lang") == "fr"


def test_links_are_opened_only_so_often_from_one_network(letter: Letter, monkeypatch: Any) -> None:
    path = handing.page_of(handing.delivery(letter))
    client = supporter.browser()
    monkeypatch.setattr(office, "LIMIT", limiting.rules("3/h/office")["office"])
    codes = [client.get(path).status_code for _ in range(4)]
    assert codes == [200] * 3 + [429]
    assert int(client.get(path)["Retry-After"]) > 0


# --- The answer -------------------------------------------------------------------------------
ANSWER = {"text": "We thank you.\n\nThe water stays.", "by_name": "Marta Velander, Minister"}


def test_an_answer_is_looked_at_before_it_is_published(letter: Letter) -> None:
    delivery = handing.received(handing.delivery(letter))
    path = handing.page_of(delivery, "answer/")
    preview = press(path, "preview", **ANSWER)
    assert "Publish this answer?" in preview.content.decode()
    delivery.refresh_from_db()
    assert delivery.answered_at is None
    page = Page(preview)
    hidden = {one.get("name"): one.get("value") for one in page.all("input", type="hidden")}
    hidden |= {one.get("name"): one.text for one in page.all("textarea")}
    assert press(path, "answer", **{k: v.strip() for k, v in hidden.items()}).status_code == 303
    delivery.refresh_from_db()
    assert (delivery.answer, delivery.answered_by) == (ANSWER["text"], ANSWER["by_name"])
    shown = words("/letters/aller/")
    assert "Answer from the office of Marta Velander, Minister for Water" in shown
    assert "The water stays." in shown


def test_an_answer_can_be_corrected_for_a_day(letter: Letter) -> None:
    delivery = handing.answered(handing.received(handing.delivery(letter)))
    first = delivery.answered_at
    with time_machine.travel(timezone.now() + timedelta(hours=23)):
        assert handing.answered(delivery, "The water goes.").answered_at == first
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        with pytest.raises(Refused):
            handing.answered(delivery, "Which water?")
        late = press(handing.page_of(delivery, "answer/"), "answer", **ANSWER)
        assert late.status_code == 409
        assert "more than a day" in late.content.decode()
        assert "The water goes." in late.content.decode()
    delivery.refresh_from_db()
    assert delivery.answer == "The water goes."
    assert OutboxMessage.objects.filter(topic="delivery.answered").count() == 2


def test_who_has_not_received_it_does_not_answer(letter: Letter) -> None:
    with pytest.raises(Refused):
        handing.answered(handing.delivery(letter))


@pytest.mark.parametrize("wrong", [{"text": ""}, {"by_name": ""}, {"text": "x" * 10_001}])
def test_an_answer_lacks_nothing_and_is_not_endless(letter: Letter, wrong: dict[str, str]) -> None:
    delivery = handing.received(handing.delivery(letter))
    answer = press(handing.page_of(delivery, "answer/"), "answer", **(ANSWER | wrong))
    assert answer.status_code == 422
    delivery.refresh_from_db()
    assert delivery.answered_at is None


@pytest.mark.parametrize("prefix", ["", "/fr"])
def test_a_long_answer_in_any_script_fits_through_the_door(letter: Letter, prefix: str) -> None:
    delivery = handing.received(handing.delivery(letter))
    given = {"text": "水" * 10_000, "by_name": "水", "press": "answer"}
    answer = supporter.browser().post(
        prefix + handing.page_of(delivery, "answer/"),
        urlencode(given),
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 303


def test_t26_hidden_marks_that_turn_text_around_are_refused_in_an_answer(letter: Letter) -> None:
    delivery = handing.received(handing.delivery(letter))
    turned = ANSWER | {"text": "The water \u202estays."}
    assert press(handing.page_of(delivery, "answer/"), "answer", **turned).status_code == 422


@pytest.mark.parametrize("typed", POLYGLOTS)
def test_t29_an_office_s_words_become_no_markup(letter: Letter, typed: str) -> None:
    delivery = handing.answered(handing.received(handing.delivery(letter), "Registry"))
    paths = ("/letters/aller/", handing.page_of(delivery))
    before = [Page(supporter.browser().get(path)).tags() for path in paths]
    shown = typed.replace("\0", "")
    Delivery.objects.update(
        answer=shown, answered_by=shown[:150], received_by=shown[:150], target_name=shown[:150],
    )  # fmt: skip
    for path, tags in zip(paths, before, strict=True):
        page = Page(supporter.browser().get(path))
        assert page.inline_code() == []
        assert page.tags() == tags


# --- The organiser's page ---------------------------------------------------------------------
@pytest.fixture
def otto(letter: Letter) -> Client:
    client = Client()
    client.force_login(letter.organiser)
    return client


def recorded(letter: Letter, **changes: Any) -> dict[str, Any]:
    given = {"target": str(letter.targets.get().pk), "how": "hand", "delivered_at": ""}
    return {key: value for key, value in (given | changes).items() if value is not None}


DELIVERIES = "/organise/letters/aller/deliveries/"


def test_an_organiser_records_a_delivery_and_watches_it(letter: Letter, otto: Client) -> None:
    page = Page(otto.get(DELIVERIES))
    assert "Make a PDF" in page.words()
    file = handing.export(letter)
    page = Page(otto.get(DELIVERIES))
    assert page.one("input", name="email").get("value") == "minister@example.org"
    given = recorded(letter, exports=file.uid.hex, how="mail", email="office@example.org")
    done = otto.post(f"{DELIVERIES}record/", given, follow=True)
    assert "on its way to office@example.org" in Page(done).words()
    delivery = Delivery.objects.get()
    assert (delivery.email, delivery.by) == ("office@example.org", letter.organiser)
    link = Page(done).one("input", class_="copy").get("value")
    assert "We have received it" in words(link.removeprefix("http://localhost:8000"))
    handing.answered(handing.received(delivery, "Registry"))
    shown = Page(otto.get(DELIVERIES)).words()
    assert "Registry" in shown
    assert "The water stays." in shown


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"exports": None}, "Choose the file"),
        ({"target": None}, "Choose to whom"),
        ({"how": None}, "Choose how"),
        ({"how": "other"}, "Say which way"),
        ({"how": "mail", "email": "minister at example"}, "address"),
        ({"delivered_at": "2099-01-01T10:00"}, "future"),
        ({"delivered_at": "2001-01-01T10:00"}, "not published then"),
        ({"message": "x" * 2001}, "shorten"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_recorded(
    letter: Letter, otto: Client, wrong: dict[str, Any], said: str
) -> None:
    given = recorded(letter, exports=handing.export(letter).uid.hex)
    given = {key: value for key, value in (given | wrong).items() if value is not None}
    answer = otto.post(f"{DELIVERIES}record/", given)
    assert answer.status_code in {409, 422}
    assert said in Page(answer).words()
    assert not Delivery.objects.exists()


def test_times_are_the_letter_s_own(otto: Client, letter: Letter) -> None:
    Letter.objects.filter(pk=letter.pk).update(zone="Europe/Berlin")
    then = (timezone.now() - timedelta(hours=2)).replace(second=0, microsecond=0)
    local = then.astimezone(Letter(zone="Europe/Berlin").tzinfo)
    file = handing.export(letter)
    given = recorded(letter, exports=file.uid.hex, delivered_at=f"{local:%Y-%m-%dT%H:%M}")
    assert otto.post(f"{DELIVERIES}record/", given).status_code == 302
    assert Delivery.objects.get().delivered_at == then


def test_an_organiser_mails_again_renews_hides_shows_and_strikes(
    letter: Letter, otto: Client
) -> None:
    delivery = handing.delivery(letter)
    supporter.new_mails()
    at = f"{DELIVERIES}{delivery.uid}/"
    otto.post(f"{at}again/")
    otto.post(f"{at}renew/")
    delivery.refresh_from_db()
    assert delivery.generation == 1
    [sent] = supporter.new_mails()  # the older one's link had ended before it went
    assert sent.to == ["minister@example.org"]
    handing.answered(handing.received(delivery))
    otto.post(f"{at}hide/")
    shown = words("/letters/aller/")
    assert "It is not shown here" in shown
    assert "The water stays." not in shown
    assert "does not stand" not in words(handing.page_of(delivery))
    otto.post(f"{at}show/")
    assert "The water stays." in words("/letters/aller/")
    assert "Strike this delivery?" in Page(otto.get(f"{at}strike/")).words()
    assert "Handed over" in words("/letters/aller/")
    otto.post(f"{at}strike/")
    assert "Handed over" not in words("/letters/aller/")
    assert "struck" in Page(otto.get(DELIVERIES)).words()


@pytest.mark.parametrize("organiser_first", [False, True])
def test_what_staff_hid_only_staff_show_again(
    letter: Letter, otto: Client, organiser_first: bool
) -> None:
    delivery = handing.answered(handing.received(handing.delivery(letter)))
    at = f"{DELIVERIES}{delivery.uid}/"
    if organiser_first:
        otto.post(f"{at}hide/")
    answering.hide_answer(uid=delivery.uid, now=timezone.now(), staff=True)
    assert not Page(otto.get(DELIVERIES)).all("form", action=f"{at}show/")
    assert "Only they can show it" in Page(otto.post(f"{at}show/", follow=True)).words()
    otto.post(f"{at}hide/")
    otto.post(f"{at}show/")
    assert "The water stays." not in words("/letters/aller/")
    answering.show_answer(uid=delivery.uid, staff=True)
    assert "The water stays." in words("/letters/aller/")
    otto.post(f"{at}hide/")
    otto.post(f"{at}show/")
    assert "The water stays." in words("/letters/aller/")


def test_the_desk_and_the_exports_lead_there(letter: Letter, otto: Client) -> None:
    older, newer = handing.export(letter), handing.export(letter)
    page = Page(otto.get("/organise/letters/aller/exports/"))
    [link] = [one for one in page.all("a") if older.uid.hex in one.get("href")]
    page = Page(otto.get(link.get("href")))
    [chosen] = [one for one in page.all("input", name="exports") if one.get("checked") is not None]
    assert chosen.get("value") == older.uid.hex
    assert newer.uid.hex in page.text
    assert "Handed over" not in Page(otto.get("/organise/letters/aller/")).words()
    handing.received(handing.delivery(letter, exports=[older]))
    desk = Page(otto.get("/organise/letters/aller/"))
    assert "Handed over" in desk.words()
    assert "received" in desk.words()
    assert desk.all("a", href=DELIVERIES)


def test_mails_to_offices_are_a_few_a_day(letter: Letter, otto: Client) -> None:
    file = handing.export(letter)
    for number in range(32):
        given = recorded(
            letter, exports=file.uid.hex, how="mail", email=f"office{number}@example.net"
        )
        otto.post(f"{DELIVERIES}record/", given)
    assert OutboxMessage.objects.filter(topic="delivery.mailed").count() == 30


def test_t06_nobody_is_flooded_as_an_office(letter: Letter, otto: Client) -> None:
    delivery = handing.delivery(letter, email="victim@example.net")
    for number in range(10):
        otto.post(f"{DELIVERIES}{delivery.uid}/{('again', 'renew')[number % 2]}/")
    file = handing.export(letter)
    tagged = recorded(letter, exports=file.uid.hex, how="mail", email="Victim+1@example.net")
    assert otto.post(f"{DELIVERIES}record/", tagged).status_code == 429
    assert OutboxMessage.objects.filter(topic="delivery.mailed").count() == 1 + 5


def test_t48_another_letter_s_delivery_is_not_there(letter: Letter, otto: Client) -> None:
    theirs = handing.answered(handing.received(handing.delivery(make.letter())))
    for verb in ("again", "renew", "strike", "hide", "show"):
        assert otto.post(f"{DELIVERIES}{theirs.uid}/{verb}/").status_code == 404
    mine = make.organiser()
    client = Client()
    client.force_login(mine)
    assert client.get(DELIVERIES).status_code == 404
    theirs.refresh_from_db()
    assert (theirs.generation, theirs.struck_at, theirs.answer_hidden_at) == (0, None, None)


# --- Addresses go -----------------------------------------------------------------------------
def kept(*rows: Signature) -> list[bool]:
    return [Signature.objects.get(pk=row.pk).email_sealed is not None for row in rows]


def test_addresses_go_thirty_days_after_their_signature_was_handed_over(settings: Any) -> None:
    now = timezone.now()
    letter = make.letter(now=now - 100 * DAY)
    before = make.confirmed(letter, now=now - 60 * DAY)
    news = make.confirmed(letter, now=now - 60 * DAY, updates=True)
    after = make.confirmed(letter, now=now - 40 * DAY)
    waiting = make.pending(letter, now=now - 60 * DAY)
    handing.delivery(letter, how="hand", delivered_at=now - 50 * DAY)
    elsewhere = make.confirmed(make.letter(now=now - 100 * DAY), now=now - 60 * DAY)
    settings.RETENTION_DAYS = 51
    assert sweeping.run("addresses", forgetting.addresses(now)) == 0
    settings.RETENTION_DAYS = 30
    assert sweeping.run("addresses", forgetting.addresses(now)) == 1
    assert kept(before, news, after, waiting, elsewhere) == [False, True, True, True, True]
    assert Signature.objects.get(pk=before.pk).mailbox_digest is not None
    handing.delivery(letter, how="hand", delivered_at=now - 35 * DAY)
    assert sweeping.run("addresses", forgetting.addresses(now)) == 1
    assert kept(after) == [False]


def test_a_struck_delivery_takes_no_address_away() -> None:
    now = timezone.now()
    letter = make.letter(now=now - 100 * DAY)
    signed = make.confirmed(letter, now=now - 60 * DAY)
    delivery = handing.delivery(letter, how="hand", delivered_at=now - 50 * DAY)
    delivering.strike(uid=delivery.uid, now=now)
    assert sweeping.run("addresses", forgetting.addresses(now)) == 0
    assert kept(signed) == [True]


def test_the_notice_says_how_long(letter: Letter, settings: Any) -> None:
    settings.RETENTION_DAYS = 17
    assert "17 days after your signature was handed over" in words("/letters/aller/")
