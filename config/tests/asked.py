"""What is asked of everything that is kept, by whom: the pages and endpoints of test_copies_stale.py."""

# Who asks what: their own things, and what the whole organisation shares.
URLS = {
    "cashier": (
        "/api/v1/notifications", "/api/v1/notifications/unread-count", "/api/v1/schedule/upcoming",
        "/api/v1/schedule/week", "/api/v1/dashboard/stats", "/", "/schedule/", "/notifications/?tab=unread",
        "/api/v1/reviews/my-reviews", "/reviews/mine",
    ),
    "floor_manager": (
        "/api/v1/notifications", "/api/v1/schedule/upcoming", "/api/v1/dashboard/stats", "/",
        "/api/v1/reviews/manager", "/api/v1/reviews/staff/{cashier}", "/reviews/people/{cashier}",
    ),
    "hr": (
        "/api/v1/dashboard/stats", "/api/v1/branches", "/api/v1/departments", "/api/v1/sub-departments",
        "/api/v1/roles", "/api/v1/shift-templates", "/api/v1/criteria", "/",
    ),
}  # fmt: skip
