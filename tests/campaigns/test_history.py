"""history.json and history.csv: how a count came about, for newsrooms and their tools."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from campaigns.models import GrowthHour, Letter
from campaigns.services import publishing
from signatures.services import sequencing, withdrawing
from tests import make

pytestmark = pytest.mark.django_db
JSON, CSV = "/letters/aller/history.json", "/letters/aller/history.csv"
NINE = datetime(2026, 5, 4, 9, tzinfo=UTC)


@pytest.fixture
def letter() -> Letter:
    return make.letter(slug="aller", goal=1000, now=NINE)


def moved(letter: Letter, at: datetime, *, signed: int = 0, cancelled: int = 0) -> None:
    hour = int(at.timestamp()) // 3600
    GrowthHour.objects.create(letter=letter, hour=hour, signed=signed, cancelled=cancelled)


@pytest.fixture
def grown(letter: Letter) -> Letter:
    moved(letter, NINE, signed=10)
    moved(letter, NINE + timedelta(hours=14), signed=5, cancelled=2)
    moved(letter, NINE + timedelta(hours=15), signed=1)
    moved(letter, NINE + timedelta(days=3), cancelled=4)
    make.letter(slug="other", now=NINE)
    return letter


def test_it_tells_every_hour_and_day_in_which_the_count_moved(client, grown, settings):
    answer = client.get(JSON)
    assert answer["Content-Type"] == "application/json"
    assert answer.json() == {
        "letter": "aller",
        "url": f"{settings.SITE_URL}/letters/aller/",
        "opened": "2026-05-04T09:00:00Z",
        "count": 10,
        "hours": [
            {"hour": "2026-05-04T09:00:00Z", "confirmed": 10, "cancelled": 0, "count": 10},
            {"hour": "2026-05-04T23:00:00Z", "confirmed": 5, "cancelled": 2, "count": 13},
            {"hour": "2026-05-05T00:00:00Z", "confirmed": 1, "cancelled": 0, "count": 14},
            {"hour": "2026-05-07T09:00:00Z", "confirmed": 0, "cancelled": 4, "count": 10},
        ],
        "days": [
            {"day": "2026-05-04", "confirmed": 15, "cancelled": 2, "count": 13},
            {"day": "2026-05-05", "confirmed": 1, "cancelled": 0, "count": 14},
            {"day": "2026-05-07", "confirmed": 0, "cancelled": 4, "count": 10},
        ],
    }


def test_as_a_table_it_has_the_days_and_then_the_hours(client, grown):
    answer = client.get(CSV)
    assert answer["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert answer["Content-Disposition"] == 'attachment; filename="aller-history.csv"'
    assert b"\r\n" in answer.content
    rows = list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))
    data = client.get(JSON).json()
    assert [list(row.values()) for row in rows] == [
        [per, *map(str, one.values())] for per in ("day", "hour") for one in data[f"{per}s"]
    ]


def test_it_ends_with_the_count_whatever_people_did(client, letter):
    now = timezone.now()
    signed = make.counted(letter, now=now)
    make.counted(letter, now=now)
    withdrawing.withdraw(uid=signed.uid, now=now)
    sequencing.sequence(now=now)
    make.counted(letter, now=now)
    data, count = client.get(JSON).json(), client.get("/letters/aller/count.json").json()
    assert data["count"] == count["count"] == 2
    assert data["hours"][-1]["count"] == data["days"][-1]["count"] == 2
    assert sum(one["confirmed"] - one["cancelled"] for one in data["days"]) == 2


def test_a_letter_nobody_signed_has_an_empty_history(client, letter):
    data = client.get(JSON).json()
    assert (data["count"], data["hours"], data["days"]) == (0, [], [])
    assert client.get(CSV).content == b"per,begins,confirmed,cancelled,count\r\n"


@pytest.mark.parametrize("path", [JSON, CSV])
def test_t58_any_page_may_read_it_without_credentials(client, grown, path):
    answer = client.get(path, headers={"Origin": "https://elsewhere.example"})
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer
    assert answer["Cache-Control"].startswith("public, max-age=")
    assert "stale-while-revalidate=" in answer["Cache-Control"]
    assert "Vary" not in answer
    assert not answer.cookies


def test_t58_a_page_for_people_is_open_to_no_other_origin(client, letter):
    for path in ("/", "/letters/aller/", "/letters/aller/signatures/", "/accounts/login/"):
        answer = client.get(path, headers={"Origin": "https://elsewhere.example"})
        assert "Access-Control-Allow-Origin" not in answer, path


@pytest.mark.parametrize("path", [JSON, CSV])
def test_it_is_not_sent_again_while_the_count_stands_still(client, grown, path):
    first = client.get(path)
    kept = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert kept.status_code == 304
    assert kept["Access-Control-Allow-Origin"] == "*"
    assert kept["Cache-Control"] == first["Cache-Control"]
    head = client.head(path)
    assert (head.status_code, head["ETag"], head.content) == (200, first["ETag"], b"")
    moved(grown, NINE + timedelta(days=4), signed=1)
    assert client.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 200


@pytest.mark.parametrize("name", ["history.json", "history.csv"])
def test_drafts_and_unknown_letters_have_none_and_one_taken_down_says_so(client, letter, name):
    make.letter(slug="draft", published=False)
    for slug in ("draft", "nothing"):
        assert client.get(f"/letters/{slug}/{name}").status_code == 404
    publishing.take_down(letter=letter, because="spam", now=timezone.now())
    answer = client.get(f"/letters/aller/{name}")
    assert answer.status_code == 410
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Content-Disposition" not in answer


@pytest.mark.parametrize("path", [JSON, CSV])
def test_signatures_are_never_counted_for_it(client, grown, django_assert_num_queries, path):
    with django_assert_num_queries(2) as asked:
        client.get(path)
    assert not any("signatures_signature" in query["sql"] for query in asked.captured_queries)
