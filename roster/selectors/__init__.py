"""What the roster's screens show: one function a screen, each returns a frozen dataclass."""

from roster.selectors.changes import Change, ChangeKind, fingerprint, unpublished
from roster.selectors.check import Check, check
from roster.selectors.judgement import breaches_of, policy_in, stints_of, workers

__all__ = [
    "Change",
    "ChangeKind",
    "Check",
    "breaches_of",
    "check",
    "fingerprint",
    "policy_in",
    "stints_of",
    "unpublished",
    "workers",
]
