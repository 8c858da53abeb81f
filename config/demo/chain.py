"""The demo chain as tables: branches, departments, roles, who is on a team, and the people who have logins."""

from __future__ import annotations

from staff.roles import Category, Duty, Reach
from staff.services.founding import RoleRow

PASSWORD = "Ace-demo-2026"

BRANCHES = [
    "Oluyole",
    "Bodija",
    "Akobo",
    "Challenge",
    "Oyo",
    "Ogbomosho",
    "Ilorin",
    "Iseyin",
    "Saki",
    "Ife",
    "Osogbo",
    "Abeokuta",
    "Ijebu-Ode",
    "Sagamu",
]

FUN = "Fun & Arcade"
DEPARTMENTS: dict[str, tuple[str, ...]] = {
    "SuperMarket": (),
    "Eatery": (),
    "Lounge": (),
    FUN: ("Cinema", "Photo Studio", "Saloon", "Arcade and Kiddies Park", "Casino"),
    "Compliance": (),
    "Facility Management": (),
    "Marketing": (),
    "Other Staffs": (),
    "Senior Staffs": (),
}


def _admin(name: str, reach: Reach, department: str = "", sub_department: str = "") -> RoleRow:
    return RoleRow(name, Category.ADMIN, reach, department=department, sub_department=sub_department)


def _general(department: str, *names: str, sub_department: str = "") -> list[RoleRow]:
    return [RoleRow(name, department=department, sub_department=sub_department) for name in names]


# The roles at the top come with the organisation (TOP_ROLES); these follow once the departments are there.
ROLES: list[RoleRow] = [
    RoleRow("Hospitality Unit Auditor", Category.SENIOR_ADMIN, Reach.ORGANISATION, Duty.AUDIT),
    *(_admin(f"Group Head, {name}", Reach.DEPARTMENT, name) for name in DEPARTMENTS),
    _admin("Branch Manager", Reach.BRANCH),
    _admin("Operations Manager", Reach.BRANCH),
    _admin("Admin Officer", Reach.BRANCH),
    _admin("Store Manager", Reach.BRANCH),
    _admin("Floor Manager", Reach.TEAM),
    *(_admin(f"Supervisor, {part}", Reach.TEAM, FUN, part) for part in DEPARTMENTS[FUN]),
    _admin("Facility Manager", Reach.TEAM, "Facility Management"),
    _admin("Compliance Officer", Reach.TEAM, "Compliance"),
    _admin("Assistant Compliance Officer", Reach.TEAM, "Compliance"),
    _admin("Social Media Manager", Reach.TEAM, "Marketing"),
    *_general("", "Cashier"),
    *_general("SuperMarket", "Baker", "Customer Service Relations"),
    *_general("Eatery", "Cook", "Lobby Staff", "Kitchen Assistant"),
    *_general("Lounge", "Bartender", "Waitress", "DJ", "Hypeman"),
    *_general(FUN, "Cinema Staff", sub_department="Cinema"),
    *_general(FUN, "Photographer", "Studio Staff", sub_department="Photo Studio"),
    *_general(FUN, "Hair Stylist", "Barber", "Saloon Staff", sub_department="Saloon"),
    *_general(FUN, "Gamer", "Arcade Staff", sub_department="Arcade and Kiddies Park"),
    *_general(FUN, "Casino Staff", sub_department="Casino"),
    *_general("Other Staffs", "Security"),
    *_general("Facility Management", "Cleaner"),
    *_general("Marketing", "Marketing Staff", "Graphic Designer"),
]

# (department, sub-department) → how many of each role a branch has there, at least and at most.
TEAMS: dict[tuple[str, str], dict[str, tuple[int, int]]] = {
    ("SuperMarket", ""): {
        "Store Manager": (1, 1),
        "Floor Manager": (1, 1),
        "Cashier": (9, 14),
        "Baker": (2, 4),
        "Customer Service Relations": (2, 3),
    },
    ("Eatery", ""): {
        "Floor Manager": (1, 1),
        "Cook": (4, 6),
        "Kitchen Assistant": (3, 5),
        "Lobby Staff": (2, 4),
        "Cashier": (2, 2),
    },
    ("Lounge", ""): {
        "Floor Manager": (1, 1),
        "Bartender": (2, 3),
        "Waitress": (3, 4),
        "DJ": (1, 1),
        "Hypeman": (1, 1),
    },
    (FUN, "Cinema"): {"Supervisor, Cinema": (1, 1), "Cinema Staff": (4, 5)},
    (FUN, "Photo Studio"): {"Supervisor, Photo Studio": (1, 1), "Photographer": (1, 2), "Studio Staff": (1, 2)},
    (FUN, "Saloon"): {
        "Supervisor, Saloon": (1, 1),
        "Hair Stylist": (2, 2),
        "Barber": (1, 2),
        "Saloon Staff": (1, 1),
    },
    (FUN, "Arcade and Kiddies Park"): {
        "Supervisor, Arcade and Kiddies Park": (1, 1),
        "Gamer": (1, 2),
        "Arcade Staff": (3, 4),
    },
    (FUN, "Casino"): {"Supervisor, Casino": (1, 1), "Casino Staff": (3, 4)},
    ("Compliance", ""): {"Compliance Officer": (1, 1), "Assistant Compliance Officer": (1, 2)},
    ("Facility Management", ""): {"Facility Manager": (1, 1), "Cleaner": (6, 9)},
    ("Marketing", ""): {"Social Media Manager": (1, 1), "Marketing Staff": (2, 3), "Graphic Designer": (1, 1)},
    ("Other Staffs", ""): {"Security": (8, 12)},
    ("Senior Staffs", ""): {"Branch Manager": (1, 1), "Operations Manager": (1, 1), "Admin Officer": (1, 1)},
}

HEAD_OFFICE: list[tuple[str, int]] = [
    ("Chief Executive Officer", 1),
    ("Chief Operating Officer", 1),
    ("Human Resource", 3),
    ("Auditor", 2),
    ("Hospitality Unit Auditor", 2),
]

# The team of the demo floor manager; its next week is left as a draft, so that somebody can build and publish it.
STAGE = ("Bodija", "SuperMarket")
STAGE_TEAM: list[tuple[str, str, str, int]] = [
    ("Segun", "Afolami", "Floor Manager", 40),
    ("Titilayo", "Adeniyi", "Store Manager", 40),
    ("Adaeze", "Nwosu", "Cashier", 40),
    ("Kunle", "Ogundele", "Cashier", 40),
    ("Blessing", "Etim", "Cashier", 40),
    ("Sade", "Akinlabi", "Customer Service Relations", 40),
    ("Musa", "Danladi", "Cashier", 40),
    ("Ifeoma", "Okwudili", "Baker", 40),
    ("Yusuf", "Garba", "Baker", 40),
    ("Ronke", "Adesina", "Cashier", 24),
    ("Grace", "Ekanem", "Cashier", 40),
    ("Chidi", "Umeh", "Cashier", 40),
    ("Bisi", "Olaleye", "Customer Service Relations", 40),
    ("Hauwa", "Sule", "Cashier", 40),
    ("Femi", "Ajibade", "Cashier", 40),
    ("Tosin", "Awoyemi", "Cashier", 20),
    ("Emeka", "Ilozue", "Baker", 40),
    ("Amaka", "Ezeudu", "Cashier", 24),
]
# On the stage too: the work rules for people under 18 have somebody to protect.
MINOR = ("Tosin", "Awoyemi")

# Login → the role whose holder gets it, and where: the first of that role there. (hr@ comes with the organisation.)
LOGINS: dict[str, tuple[str, str, str]] = {
    "ceo": ("Chief Executive Officer", "", ""),
    "coo": ("Chief Operating Officer", "", ""),
    "auditor": ("Auditor", "", ""),
    "group.head": ("Group Head, SuperMarket", "", "SuperMarket"),
    "branch.manager": ("Branch Manager", "Bodija", "Senior Staffs"),
    "floor.manager": ("Floor Manager", *STAGE),
    "cashier": ("Cashier", *STAGE),
}
NAMED: dict[str, tuple[str, str]] = {"branch.manager": ("Morenike", "Alabi")}
