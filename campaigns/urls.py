"""Addresses of letters' readers and organisers that need no signatures."""

from django.urls import URLPattern, path

from campaigns.views import entering

urlpatterns: list[URLPattern] = [
    path("organise/enter/<str:token>/", entering.enter, name="enter"),
]
