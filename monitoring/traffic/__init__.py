"""How the installation is used: every request counted once, over all web processes, and read as a sliding window.

    tally.py      what is counted of a route, its latency histogram, and what that comes to
    counting.py   record(): counts in this process's memory; a thread writes it down once a second
    store.py      where it is written down: keys of the broker's Valkey, and what one round trip costs at most
    reading.py    traffic() and minutes(): the counts of all processes added up

Why it is built like this, and what it costs: docs/decisions/0006-counting-requests.md.
"""

from monitoring.traffic.counting import record
from monitoring.traffic.reading import Endpoint, Minute, Traffic, minutes, traffic
from monitoring.traffic.store import Unavailable

__all__ = ["Endpoint", "Minute", "Traffic", "Unavailable", "minutes", "record", "traffic"]
