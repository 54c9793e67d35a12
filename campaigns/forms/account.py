"""What people type about their own account."""

from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns import cleaning
from campaigns.models import Organiser
from campaigns.services import inviting


class SignupForm(AllauthSignupForm):  # type: ignore[misc]  # comes without types
    """By invitation only, an address nobody invited gets the answer a taken one gets: the page
    says "look into your mail", and the mail says what is the case."""

    account_already_exists: bool

    def try_save(self, request: HttpRequest) -> tuple[Any, Any]:
        if settings.REGISTRATION == "invite" and not self.account_already_exists:
            email = self.cleaned_data["email"]
            self.account_already_exists = not inviting.open_for(email, now=timezone.now()).exists()
        saved: tuple[Any, Any] = super().try_save(request)
        return saved


class NameForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    class Meta:
        model = Organiser
        fields = ["name"]
        labels = {"name": _("Your name")}
        help_texts = {"name": _("For our mails to you and for those who run this site.")}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}

    def clean_name(self) -> str:
        try:
            return cleaning.line(self.cleaned_data["name"], limit=100)
        except cleaning.BadText as bad:
            raise forms.ValidationError(str(bad.reason)) from bad
