"""What the processes of this web server counted, the living and the dead, added up."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector

from monitoring.prometheus.folder import folder, undisturbed

GONE = "0"  # stands for the process number in the name of the file that holds what dead processes counted


def text() -> bytes:
    """Every counter and histogram in Prometheus' format, summed over the processes."""
    registry = CollectorRegistry()
    with undisturbed():
        bury_the_dead()
        MultiProcessCollector(registry, path=str(folder()))
        return generate_latest(registry)


def bury_the_dead() -> None:
    """Add what ended processes counted into one file for each kind of metric, and remove theirs. Call undisturbed."""
    for kind in ("counter", "histogram"):
        dead = [file for file in folder().glob(f"{kind}_*.db") if not _alive(_pid(file))]
        if not dead:
            continue
        gone = folder() / f"{kind}_{GONE}.db"
        kept = [gone] if gone.exists() else []
        _write(gone, MultiProcessCollector.merge(map(str, [*dead, *kept]), accumulate=False))
        for file in dead:
            file.unlink()


def _write(path: Path, metrics: Iterable[Metric]) -> None:
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    values = MmapedDict(str(draft))
    for metric in metrics:
        for sample in metric.samples:
            labels, values_of = list(sample.labels), list(sample.labels.values())
            key = mmap_key(metric.name, sample.name, labels, values_of, metric.documentation)
            values.write_value(key, sample.value, 0.0)
    values.close()
    draft.replace(path)


def _pid(file: Path) -> str:
    return file.stem.rpartition("_")[2]


def _alive(pid: str) -> bool:
    if pid == GONE:
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
