"""What the roster's screens show: one function a screen, each returns a frozen dataclass."""

from roster.selectors.changes import Change, ChangeKind, fingerprint, unpublished
from roster.selectors.judgement import breaches_of, policy_in, stints_of, workers

__all__ = ["Change", "ChangeKind", "breaches_of", "fingerprint", "policy_in", "stints_of", "unpublished", "workers"]
