"""Every page, by user and size, light and dark: axe finds nothing, the console is silent, nothing scrolls sideways."""

from pathlib import Path

import pytest

from config.tests.browser.conftest import NARROW, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

AXE = (Path(__file__).parent.parent / "vendor" / "axe.min.js").read_text()
STAFF = (
    "/", "/schedule/", "/notifications/", "/account/", "/account/profile/", "/account/career/", "/account/documents/",
    "/account/contacts/", "/reviews/",
)  # fmt: skip
SECURITY = ("/account/security/", "/account/security/second-step/", "/account/password/", "/account/email/")
ADMIN = ("/admin/", "/admin/staff/person/", "/admin/roster/roster/", "/admin/reviews/review/")
AUDIT = "/admin/staff/auditentry/"
PAPERS = (
    "/admin/staff/document/", "/admin/staff/document/bulk/", "/admin/staff/documentrequest/add/",
    "/admin/staff/requireddocument/",
)  # fmt: skip
CAREERS = ("/people/changes/", "/people/left/", "/admin/staff/employmentevent/", "/admin/staff/accessentry/")
ALERTS = ("/admin/monitoring/alert/", "/admin/monitoring/alertrule/")
MANAGER = (*STAFF, "/planner/", "/planner/review", "/planner/copy-week", "/team/", "/people/hire/")
PAGES = {
    "": ("/login", "/password/forgot/", "/password/reset/"),
    "cashier": (*STAFF, *SECURITY),
    "floor.manager": MANAGER,
    "branch.manager": ("/", "/planner/", "/team/"),
    "group.head": ("/", "/planner/", "/people/changes/"),
    "auditor": ("/", "/planner/", "/reviews/", AUDIT),
    "coo": ("/",),
    "hr": (*MANAGER, *CAREERS, *ADMIN, *PAPERS, "/admin/staff/person/add/", "/operations/"),
    "operator@platform.example": ("/", "/operations/", "/organisations/", "/organisations/new", *ALERTS),
}

# Pages that need a row: the first link of this kind on the page is opened too.
FOLLOWED = {
    AUDIT: f"a[href*='{AUDIT}'][href*='/change/']",
    "/planner/": "a[href^='/planner/shifts/']",
    "/team/": "main a.person[href^='/people/']",
    "/people/hire/": "main a[href^='/people/hire/']",
    "/people/changes/": "main a[href^='/people/changes/']",
    "/reviews/": "main a[href^='/reviews/']:not([href*='?'], [href$='mine'])",
    "/organisations/": "#organisations a",
    "/admin/monitoring/alertrule/": "a[href*='/admin/monitoring/alertrule/'][href*='/change/']",
}


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["1280", "390"])
@pytest.mark.parametrize("who", PAGES)
def test_every_page_is_accessible_and_silent(visit, who, viewport):
    one, found = visit(who, viewport, theme="light" if viewport is WIDE else "dark"), []
    for path in PAGES[who]:
        page = one.go(path)
        found += faults(page, path)
        link = page.locator(FOLLOWED[path]).first if path in FOLLOWED else None
        if link and link.count():
            onward = link.get_attribute("href")
            found += faults(one.go(onward), onward)
    assert not found, "\n".join(found)


def faults(page, path) -> list[str]:
    """On a page that was just loaded, in a narrow window dark, in a wide one light."""
    found = [f"{path}: scrolls sideways"] if page.evaluate("document.documentElement.scrollWidth > innerWidth") else []
    found += [f"{path}: {text}" for text in violations(page)]
    if page.viewport_size == WIDE:
        # The themes differ in their colours alone. Loaded anew: right after a switch axe would measure colours on
        # their way, which nobody chose.
        page.emulate_media(color_scheme="dark")
        page.reload()
        found += [f"{path} dark: {text}" for text in violations(page, "color-contrast")]
        page.emulate_media(color_scheme="light")
    return found


def violations(page, *rules: str) -> list[str]:
    """What axe finds by these rules, else by all, a line each: rule, and where."""
    # Through the debugger, because the page's content policy rightly refuses scripts that are added to it.
    page.evaluate(AXE + "; null")
    only = {"runOnly": {"type": "rule", "values": rules}} if rules else {}
    result = page.evaluate("options => axe.run(document, options)", {"resultTypes": ["violations"], **only})
    return [
        f"{violation['id']}: {node['html'][:120]}" for violation in result["violations"] for node in violation["nodes"]
    ]
