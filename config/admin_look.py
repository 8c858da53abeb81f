"""How the admin looks: its names, styles and side bar, for Unfold. Knows no model, so that settings may read it."""

from typing import Any

from django.templatetags.static import static

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Ace Mall Staff",
    "SITE_HEADER": "Ace Mall Staff",
    "SITE_SUBHEADER": "Managers",
    "SITE_URL": "/",
    "SHOW_HISTORY": False,
    "SHOW_BACK_BUTTON": True,
    "SITE_SYMBOL": "storefront",
    "STYLES": [lambda request: static("css/admin.css")],
    "SCRIPTS": [lambda request: static("js/admin.js")],
    "SITE_FAVICONS": [{"rel": "icon", "href": lambda request: static("favicon.svg"), "type": "image/svg+xml"}],
    "SIDEBAR": {"show_search": False, "navigation": "config.admin_menu.navigation"},
}
