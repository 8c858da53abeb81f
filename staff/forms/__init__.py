"""What people type, named by noun in the modules."""

from staff.forms.people import WRONG, LoginForm, TeamForm

__all__ = ["WRONG", "LoginForm", "TeamForm"]
