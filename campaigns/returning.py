"""Where a log-in may lead to: a path of this site that no server in between could misread."""

import re
from urllib.parse import unquote, urlsplit

ROUNDS = 4  # of percent-decoding; what is still encoded then is not ours
LONGEST = 2000

# A backslash is a slash to browsers, and tabs and line ends are nothing to them at all.
_ODD = re.compile(r"[\\\x00-\x20\x7f-\xa0\u2028\u2029]")


def is_path_of_ours(url: str) -> bool:
    """Whether `url` is a plain path (with query and fragment), however often it gets decoded.

    Django's own helper takes "/%09/evil.example" for safe; a server that decodes it does not.
    """
    if not url.startswith("/") or len(url) > LONGEST:
        return False
    path = re.split(r"[?#]", url, maxsplit=1)[0]
    for _ in range(ROUNDS):
        if "//" in path or _ODD.search(path):
            return False
        decoded = unquote(path)
        if decoded == path:
            break
        path = decoded
    else:
        return False
    parts = urlsplit(url)
    return not parts.scheme and not parts.netloc and not re.search(r"[\x00-\x20\x7f\\]", url)
