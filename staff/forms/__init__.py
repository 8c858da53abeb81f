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
from staff.forms.risks import EventsForm, SecondStepRuleForm

__all__ = [
    "ChangeEmailForm",
    "ChangePasswordForm",
    "ConfirmForm",
    "ContactForm",
    "DocumentForm",
    "EventsForm",
    "FileForm",
    "ForgotForm",
    "GuarantorForm",
    "KinForm",
    "LoginForm",
    "NewPasswordForm",
    "RenewCodesForm",
    "ResetForm",
    "SecondStepForm",
    "SecondStepRuleForm",
    "TeamForm",
    "TurnOffForm",
]
