"""What people type, named by noun in the modules."""

from staff.forms.papers import ContactForm, DocumentForm, FileForm, GuarantorForm, KinForm
from staff.forms.people import (
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
    "ChangeEmailForm",
    "ChangePasswordForm",
    "ConfirmForm",
    "ContactForm",
    "DocumentForm",
    "FileForm",
    "ForgotForm",
    "GuarantorForm",
    "KinForm",
    "LoginForm",
    "NewPasswordForm",
    "RenewCodesForm",
    "ResetForm",
    "SecondStepForm",
    "TeamForm",
    "TurnOffForm",
]
