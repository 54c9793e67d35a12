"""What may be said about an exception: its class and the place, never its text."""

import traceback


def describe(error: BaseException) -> str:
    """An exception's message may quote what somebody typed; its class and place cannot."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    last = frames[-1]
    place = "/".join(last.filename.rsplit("/", 2)[-2:])
    return f"{type(error).__name__} at {place}:{last.lineno} in {last.name}"
