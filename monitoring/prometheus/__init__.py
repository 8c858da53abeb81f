"""What Prometheus scrapes: requests counted by each process into files that all of them read, and figures on demand.

    folder.py     where the processes of this web server share their counters
    counted.py    what they counted, the living and the dead, added up
    requests.py   one request counted: a few numbers in a memory-mapped file, no lock between processes
    figures.py    business, PostgreSQL and Valkey, asked when somebody scrapes, at most every few seconds
    tasks.py      runs of tasks and the depth of queues
    page.py       all of it as text

Nothing outside this package imports prometheus_client: the library looks for its folder once, when it is imported,
and without one counts for each process alone.
"""

import os

from monitoring.prometheus.folder import place

os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(place())
