"""Bringing in people from a file: read it, judge every row, hire the good ones. A rehearsal unless told to commit."""

from staff.importing.run import Report, import_people

__all__ = ["Report", "import_people"]
