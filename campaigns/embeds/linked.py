"""What search engines read beside a letter: schema.org as JSON-LD."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any


def data(
    *,
    title: str,
    summary: str,
    url: str,
    picture: str,
    language: str,
    sender: str,
    targets: Sequence[Mapping[str, str]],
    published: datetime | None,
    changed: datetime | None,
    count: int,
) -> dict[str, Any]:
    """There is no type for open letters; this one's is a work that people endorse."""
    found = {
        "@context": "https://schema.org",
        "@type": "CreativeWork",
        "name": title,
        "headline": title,
        "description": summary,
        "url": url,
        "image": picture,
        "inLanguage": language,
        "author": {"@type": "Organization", "name": sender},
        "audience": [{"@type": "Audience", "name": target["name"]} for target in targets],
        "datePublished": published.isoformat() if published else None,
        "dateModified": changed.isoformat() if changed else None,
        "interactionStatistic": {
            "@type": "InteractionCounter",
            "interactionType": "https://schema.org/EndorseAction",
            "userInteractionCount": count,
        },
    }
    return {name: value for name, value in found.items() if value not in (None, "", [])}
