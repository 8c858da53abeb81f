"""A refusal that leaves a page's view: the sentence on a page of its own, or as text for htmx to show."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config import tenancy
from config.errors import Refused


class RefusalPages:
    """Answers Refused with its own status and sentence; what was written before it is rolled back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refused):
            return None
        if request.headers.get("HX-Request"):
            answer = HttpResponse(exception.sentence, content_type="text/plain; charset=utf-8")
        else:
            answer = render(request, "errors/409.html", {"sentence": exception.sentence})
        answer.status_code = exception.status
        # Rendered first: the page asks the database too, and a broken transaction would answer nothing.
        if tenancy.current() is not None:
            transaction.set_rollback(True)
        return answer
