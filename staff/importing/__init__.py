"""Bringing in people from a file: read it, judge every row, hire and change the good ones. A rehearsal unless told to
commit."""

from staff.importing.report import Outcome, Report, RowReport
from staff.importing.run import import_content, import_people

__all__ = ["Outcome", "Report", "RowReport", "import_content", "import_people"]
