"""The health page: how the installation stands, in one look.

    page.py       operations(): reads every part, each apart from the others
    parts.py      a part that may be missing, with a sentence that says why
    rules.py      thresholds with their figures, and the alerts that stand open
    tiles.py      six words on top: web, database, cache, jobs, outbox, e-mail
    charts.py     a day of one figure as SVG geometry, and the numbers behind it
    counts.py     what is drawn of the requests that were counted
    work.py       jobs, queues, outbox, copies, backups as the tables show them
    moments.py    times in the zone of whoever reads

Figures of the installation alone: nothing here is a row of an organisation.
"""

from monitoring.selectors.operations.page import Operations, operations

__all__ = ["Operations", "operations"]
