"""What the server counts of itself, as Prometheus reads it."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


class Measures:
    """The counts of one app."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.requests = Counter(
            "runlog_requests", "Requests answered.", ["method", "route", "status"], registry=registry
        )
        self.seconds = Histogram(
            "runlog_request_seconds",
            "How long requests took.",
            ["method", "route"],
            buckets=(0.005, 0.02, 0.1, 0.5, 2, 10, 60),
            registry=registry,
        )
        self.under_way = Gauge("runlog_requests_under_way", "Requests that are being answered.", registry=registry)
        self.ingested = Counter(
            "runlog_ingested_bytes",
            "Bytes of journals, files and blobs taken in, unfolded.",
            ["what"],
            registry=registry,
        )
        self.sealed = Counter("runlog_sealed_segments", "Segments that came to their end.", registry=registry)
        self.ingests = Gauge("runlog_ingests_under_way", "Requests that bring records.", registry=registry)

    def text(self) -> bytes:
        """The counts in Prometheus's text format."""
        return generate_latest(self._registry)
