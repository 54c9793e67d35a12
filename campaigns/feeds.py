"""What programs read: the feed of open letters, the map of the site, and whom to tell of holes."""

from datetime import UTC, timedelta
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from campaigns import caching
from campaigns.models import Letter
from campaigns.reading import read_only

NEWEST = 50
MAPPED = 40_000  # addresses; a site map holds 50,000 at most
SECURITY_DAYS = 180


@read_only
def feed(request: HttpRequest) -> HttpResponse:
    """The newest open letters as Atom. Addresses come from the settings, never from the request."""
    prefix = getattr(request, "language_prefix", "")
    letters = list(Letter.objects.open().for_page().order_by("-published_at", "slug")[:NEWEST])
    made = Atom1Feed(
        title=_("Open letters on {site}").format(site=settings.SITE_NAME),
        link=f"{settings.SITE_URL}{prefix}/",
        description="",
        language=get_language(),
        feed_url=f"{settings.SITE_URL}{prefix}{reverse('feed')}",
    )
    for letter in letters:
        revision = letter.revision
        made.add_item(
            title=letter.title,
            link=f"{settings.SITE_URL}{letter.get_absolute_url()}",
            description=letter.summary,
            author_name=letter.sender,
            unique_id=letter.uid.urn,
            pubdate=letter.published_at,
            updateddate=revision.created_at if revision else letter.published_at,
        )
    answer = HttpResponse(made.writeString("utf-8"), content_type="application/atom+xml")
    return caching.shared(request, caching.open_to_all(answer), max_age=300, stale=3600)


@read_only
def sitemap(request: HttpRequest) -> HttpResponse:
    """The home page and every public letter, newest first."""
    letters = Letter.objects.public().order_by("-published_at", "slug").only("slug")[:MAPPED]
    paths = ["/", *(letter.get_absolute_url() for letter in letters)]
    places = "".join(
        f"<url><loc>{escape(settings.SITE_URL + path)}</loc></url>\n" for path in paths
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{places}</urlset>\n'
    )
    answer = HttpResponse(text, content_type="application/xml")
    return caching.shared(request, answer, max_age=3600)


@read_only
def robots(request: HttpRequest) -> HttpResponse:
    """Personal links are found by nobody who wasn't mailed them; this keeps them out of lists."""
    closed = ("confirm", "mine", "deliveries", "organise", "accounts", "letters/*/sent")
    text = "User-agent: *\n" + "".join(f"Disallow: /{path}/\n" for path in closed)
    text += f"\nSitemap: {settings.SITE_URL}{reverse('sitemap')}\n"
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    return caching.shared(request, answer, max_age=86_400)


@read_only
def security(request: HttpRequest) -> HttpResponse:
    """RFC 9116, where the operator has said how they are reached."""
    if not settings.OPERATOR_EMAIL:
        raise Http404
    start = timezone.now().astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    ends = start + timedelta(days=SECURITY_DAYS)
    text = (
        f"Contact: mailto:{settings.OPERATOR_EMAIL}\n"
        f"Expires: {ends:%Y-%m-%dT%H:%M:%SZ}\n"
        f"Canonical: {settings.SITE_URL}{reverse('security')}\n"
    )
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    return caching.shared(request, answer, max_age=86_400)
