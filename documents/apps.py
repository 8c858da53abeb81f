from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Asking people for papers and reminding them; the papers themselves belong to staff."""

    name = "documents"
    verbose_name = "Documents"
