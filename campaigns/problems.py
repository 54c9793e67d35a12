"""What went wrong, told to programs: problem details (RFC 9457)."""

from django.http import JsonResponse


def problem(status: int, title: str, **more: object) -> JsonResponse:
    """`title` names the kind of problem; `detail` and whatever else stands beside it in `more`."""
    told = {"type": "about:blank", "title": title, "status": status, **more}
    return JsonResponse(told, status=status, content_type="application/problem+json")
