"""Addresses of letters' readers and organisers that need no signatures."""

from django.urls import URLPattern, path

from campaigns import feeds
from campaigns.views import accounts, embeds, entering, organise, pages, public, running, writing

urlpatterns: list[URLPattern] = [
    path("", public.home, name="home"),
    path("accent/<str:colour>.css", public.accent, name="accent"),
    path("letters/<slug:slug>/changes/", public.changes, name="changes"),
    path("letters/<slug:slug>/share/", public.share, name="share"),
    path("letters/<slug:slug>/count.json", embeds.count, name="count"),
    path("letters/<slug:slug>/badge.svg", embeds.badge, name="badge"),
    path("letters/<slug:slug>/card.png", embeds.card, name="card"),
    path("letters/<slug:slug>/embed/counter/", embeds.counter, name="counter"),
    path("feed.atom", feeds.feed, name="feed"),
    path("sitemap.xml", feeds.sitemap, name="sitemap"),
    path("robots.txt", feeds.robots, name="robots"),
    path(".well-known/security.txt", feeds.security, name="security"),
    path("imprint/", pages.imprint, name="imprint"),
    path("privacy/", pages.privacy, name="privacy"),
    path("terms/", pages.terms, name="terms"),
    path("organise/", organise.letters, name="organise"),
    path("organise/letters/new/", writing.new, name="letter_new"),
    path("organise/letters/new/look/", writing.new_look, name="letter_new_look"),
    path("organise/letters/new/row/", writing.new_row, name="letter_new_row"),
    path("organise/letters/<slug:slug>/", organise.desk, name="letter_desk"),
    path("organise/letters/<slug:slug>/edit/", writing.edit, name="letter_edit"),
    path("organise/letters/<slug:slug>/edit/look/", writing.edit_look, name="letter_edit_look"),
    path("organise/letters/<slug:slug>/edit/row/", writing.edit_row, name="letter_edit_row"),
    path("organise/letters/<slug:slug>/edit/again/", writing.edit_again, name="letter_edit_again"),
    path("organise/letters/<slug:slug>/revise/", writing.revise, name="letter_revise"),
    path("organise/letters/<slug:slug>/publish/", running.publish, name="letter_publish"),
    path("organise/letters/<slug:slug>/pause/", running.pause, name="letter_pause"),
    path("organise/letters/<slug:slug>/resume/", running.resume, name="letter_resume"),
    path("organise/letters/<slug:slug>/close/", running.close, name="letter_close"),
    path("organise/enter/<str:token>/", entering.enter, name="enter"),
    # Before allauth's own, which come after these: one page of ours instead of several of theirs.
    path("accounts/", accounts.account, name="account"),
    path("accounts/sessions/<int:session>/end/", accounts.end_session, name="account_end_session"),
    path("accounts/sessions/end/", accounts.end_sessions, name="account_end_sessions"),
    path("accounts/sessions/", accounts.to_account),
    path("accounts/2fa/", accounts.to_account),
    path("accounts/2fa/webauthn/", accounts.to_account),
    path("accounts/login/code/", accounts.to_login),
    path("accounts/reauthenticate/", accounts.no_passwords),
    path("accounts/password/<path:rest>", accounts.no_passwords),
]
