"""Fails once and reports it; run by test_reporting.py with the address to report to in its environment."""

import sys

import django


def main() -> None:
    django.setup()
    from django.test import Client, override_settings

    with override_settings(ROOT_URLCONF="config.tests.test_logs"):
        Client(raise_request_exception=False).post(
            "/fail/tok-planted-7f3a?e=planted.person@mail.example",
            {"password": "hunter2-planted"},
            headers={"Authorization": "Bearer tok-planted-7f3a", "X-Key": "planted", "X-Request-ID": "from-the-edge-1"},
        )
    # What waits to be sent is sent when the process ends.
    print(sorted(name for name in sys.modules if name in {"sentry_sdk", "opentelemetry.instrumentation"}))


if __name__ == "__main__":
    main()
