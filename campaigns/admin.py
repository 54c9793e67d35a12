"""What staff do about letters, reports and accounts. Only with ADMIN_ENABLED."""

from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Case, Count, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from campaigns import text
from campaigns.models import Invitation, Letter, Organiser, Report, Revision
from campaigns.oversight import NoteForm, Overseen, ReasonForm, SureForm
from campaigns.services import admitting, inviting, publishing, reporting

# Whoever edits these by hand could make an address theirs or read the secret of somebody's app.
for _model in (Group, EmailAddress, Authenticator, UserSession):
    admin.site.unregister(_model)


def _me(request: HttpRequest) -> Organiser:
    return cast(Organiser, request.user)


@admin.register(Letter)
class LetterAdmin(Overseen):
    refusals = (publishing.Refused,)
    list_display = ["title", "organiser", "shown_state", "count", "published_at"]
    list_filter = ["state", ("taken_down_at", admin.EmptyFieldListFilter), "language"]
    list_select_related = ["organiser", "tally"]
    search_fields = ["title", "slug", "organiser__email"]
    date_hierarchy = "published_at"
    ordering = ["-created_at"]
    fields = [
        "title", "page", "organiser", "shown_state", "taken_down_because", "count", "sender",
        "addressed_to", "summary", "shown_text", "language", "goal", "opens_at", "closes_at",
        "created_at", "published_at", "closed_at",
    ]  # fmt: skip
    actions = ["approve", "send_back", "take_down", "put_back", "close"]

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, letter: Letter) -> str:
        return str(_("taken down")) if letter.is_taken_down else letter.get_state_display()

    @admin.display(description=_("signatures"), ordering="tally__count")
    def count(self, letter: Letter) -> int:
        return int(letter.tally.count)

    @admin.display(description=_("address"))
    def page(self, letter: Letter) -> str:
        return format_html('<a href="{0}">{0}</a>', letter.get_absolute_url())

    @admin.display(description=_("to"))
    def addressed_to(self, letter: Letter) -> str:
        return "; ".join(str(one) for one in letter.targets.all())

    @admin.display(description=_("text"))
    def shown_text(self, letter: Letter) -> str:
        return text.to_html(letter.body)

    @admin.action(description=_("Approve and open"), permissions=["act"])
    def approve(self, request: HttpRequest, rows: QuerySet[Letter]) -> None:
        self.each(
            request,
            rows,
            lambda row: publishing.approve(letter=row, by=_me(request), now=timezone.now()),
            told="Approved",
        )

    @admin.action(description=_("Send back to its organiser"), permissions=["act"])
    def send_back(self, request: HttpRequest, rows: QuerySet[Letter]) -> None:
        self.each(
            request,
            rows,
            lambda row: publishing.send_back(letter=row, by=_me(request)),
            told="Sent back",
        )

    @admin.action(description=_("Take down"), permissions=["act"])
    def take_down(self, request: HttpRequest, rows: QuerySet[Letter]) -> HttpResponse | None:
        return self.ask(
            request,
            rows,
            form=ReasonForm,
            title=str(_("Take down")),
            verb=lambda row, given: publishing.take_down(
                letter=row, because=given["reason"], now=timezone.now()
            ),
        )

    @admin.action(description=_("Put back"), permissions=["act"])
    def put_back(self, request: HttpRequest, rows: QuerySet[Letter]) -> None:
        self.each(request, rows, lambda row: publishing.put_back(letter=row), told="Put back")

    @admin.action(description=_("Close for good"), permissions=["act"])
    def close(self, request: HttpRequest, rows: QuerySet[Letter]) -> HttpResponse | None:
        return self.ask(
            request,
            rows,
            form=SureForm,
            title=str(_("Close for good")),
            verb=lambda row, _given: publishing.close(letter=row, now=timezone.now()),
        )


@admin.register(Report)
class ReportAdmin(Overseen):
    """The queue: what is open stands first, oldest on top."""

    refusals = (reporting.Refused,)
    list_display = ["letter", "reason", "state", "created_at", "decided_by"]
    list_filter = ["state", "reason"]
    list_select_related = ["letter", "decided_by"]
    fields = [
        "letter", "page", "reason", "text", "answer_to", "state", "created_at", "decided_at",
        "decided_by", "note",
    ]  # fmt: skip
    actions = ["take_letter_down", "keep_letter"]

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        waiting = When(state=Report.State.OPEN, then=Value(0))
        return [Case(waiting, default=Value(1)).asc(), "created_at"]

    @admin.display(description=_("address"))
    def page(self, report: Report) -> str:
        return format_html('<a href="{0}">{0}</a>', report.letter.get_absolute_url())

    @admin.display(description=_("answer to"), empty_value="-")
    def answer_to(self, report: Report) -> str:
        return reporting.answer_address(report)

    @admin.action(description=_("Take the letter down"), permissions=["act"])
    def take_letter_down(self, request: HttpRequest, rows: QuerySet[Report]) -> HttpResponse | None:
        return self._decide(request, rows, ReasonForm, str(_("Take the letter down")))

    @admin.action(description=_("Keep the letter"), permissions=["act"])
    def keep_letter(self, request: HttpRequest, rows: QuerySet[Report]) -> HttpResponse | None:
        return self._decide(request, rows, NoteForm, str(_("Keep the letter")))

    def _decide(
        self, request: HttpRequest, rows: QuerySet[Report], form: Any, title: str
    ) -> HttpResponse | None:
        down = form is ReasonForm
        return self.ask(
            request,
            rows,
            form=form,
            title=title,
            verb=lambda row, given: reporting.decide(
                report=row,
                by=_me(request),
                take_down=down,
                note=given["reason" if down else "note"],
                now=timezone.now(),
            ),
        )


@admin.register(Organiser)
class OrganiserAdmin(Overseen):
    list_display = ["email", "name", "letters_run", "is_staff", "is_active", "date_joined"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["email", "name"]
    ordering = ["-date_joined"]
    fields = ["email", "name", "letters_run", "is_staff", "is_active", "date_joined", "last_login"]
    actions = ["shut_out", "let_in", "end_sessions"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organiser]:
        rows: QuerySet[Organiser] = super().get_queryset(request)
        return rows.annotate(run=Count("letters"))

    @admin.display(description=_("letters"), ordering="run")
    def letters_run(self, organiser: Any) -> int:
        return int(organiser.run)

    @admin.action(description=_("Shut out"), permissions=["act"])
    def shut_out(self, request: HttpRequest, rows: QuerySet[Organiser]) -> HttpResponse | None:
        return self.ask(
            request,
            rows,
            form=SureForm,
            title=str(_("Shut out")),
            verb=lambda row, _given: admitting.shut_out(organiser=row),
        )

    @admin.action(description=_("Let in again"), permissions=["act"])
    def let_in(self, request: HttpRequest, rows: QuerySet[Organiser]) -> None:
        self.each(request, rows, lambda row: admitting.let_in(organiser=row), told="Let in")

    @admin.action(description=_("Log out everywhere"), permissions=["act"])
    def end_sessions(self, request: HttpRequest, rows: QuerySet[Organiser]) -> None:
        self.each(
            request, rows, lambda row: admitting.end_sessions(organiser=row), told="Logged out"
        )


@admin.register(Invitation)
class InvitationAdmin(Overseen):
    list_display = ["email", "invited_by", "created_at", "expires_at", "used_at"]
    list_filter = [("used_at", admin.EmptyFieldListFilter)]
    list_select_related = ["invited_by"]
    search_fields = ["email"]
    fields = ["email", "invited_by", "created_at", "expires_at", "used_at"]
    actions = ["invite_again", "revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_act_permission(request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else ["email"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else []

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        made = inviting.invite(email=obj.email, by=_me(request), now=timezone.now())
        obj.pk = made.pk

    @admin.action(description=_("Invite again"), permissions=["act"])
    def invite_again(self, request: HttpRequest, rows: QuerySet[Invitation]) -> None:
        self.each(
            request,
            rows,
            lambda row: inviting.invite(email=row.email, by=_me(request), now=timezone.now()),
            told="Invited again",
        )

    @admin.action(description=_("Revoke"), permissions=["act"])
    def revoke(self, request: HttpRequest, rows: QuerySet[Invitation]) -> None:
        self.each(
            request,
            rows,
            lambda row: inviting.revoke(invitation=row, now=timezone.now()),
            told="Revoked",
        )


@admin.register(Revision)
class RevisionAdmin(Overseen):
    """The texts that were signed, as they were signed."""

    list_display = ["letter", "number", "title", "created_at", "created_by"]
    list_select_related = ["letter", "created_by"]
    search_fields = ["title", "sha256", "letter__slug"]
    ordering = ["-created_at"]
    fields = ["letter", "number", "sha256", "canonical", "note", "created_at", "created_by"]
