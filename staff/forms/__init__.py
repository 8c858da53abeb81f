"""What people type, named by noun in the modules."""

from staff.forms.people import (
    WRONG,
    ChangeEmailForm,
    ChangePasswordForm,
    ConfirmForm,
    ForgotForm,
    LoginForm,
    NewPasswordForm,
    RenewCodesForm,
    ResetForm,
    SecondStepForm,
    TeamForm,
    TurnOffForm,
)

__all__ = [
    "WRONG",
    "ChangeEmailForm",
    "ChangePasswordForm",
    "ConfirmForm",
    "ForgotForm",
    "LoginForm",
    "NewPasswordForm",
    "RenewCodesForm",
    "ResetForm",
    "SecondStepForm",
    "TeamForm",
    "TurnOffForm",
]
