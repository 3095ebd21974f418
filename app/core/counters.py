"""What `/metrics` tells: the counters of this process, or those of all workers of a server added up."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # read by prometheus_client when a process first imports it


@contextmanager
def counted_together() -> Iterator[None]:
    """Processes started while the block lasts keep their counters in one folder, also of those that ended."""
    with TemporaryDirectory(prefix="sipas-counters-") as folder:
        os.environ[FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[FOLDER]


def told() -> bytes:
    """Every counter in the text format of Prometheus."""
    if FOLDER not in os.environ:
        return generate_latest()
    everyone = CollectorRegistry()
    MultiProcessCollector(everyone)  # type: ignore[no-untyped-call]
    return generate_latest(everyone)


def environment_apart() -> Mapping[str, str]:
    """For a process that is no worker: it leaves no counters among theirs."""
    return {name: value for name, value in os.environ.items() if name != FOLDER}
