"""The yardstick: a Django site with one view that does nothing, under Django's default middleware."""

from collections.abc import Callable, Sequence

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from config.tests.fast import Door

# Where the API's limits count.
PATH = "/api/v1/nothing"
MIDDLEWARE = [
    f"{__name__}.only_this_site",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


def only_this_site(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware that answers from this file, so that both sites can be asked in turn with warm caches."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.urlconf = __name__  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


def site(around: Sequence[str] = ()) -> Door:
    """The way into this site, with more middleware around it."""
    with override_settings(MIDDLEWARE=[MIDDLEWARE[0], *around, *MIDDLEWARE[1:]]):
        return Door(WSGIHandler())


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path(PATH[1:], nothing)]
