"""The few numbers that an operator watches. Labels are words from this program, never an id, an address or a name."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """Counters shared by all slices."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self.requests = Counter(
            "mappe_requests", "Answers, by route template and status.", ["route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "mappe_request_seconds", "Time to answer.", ["route"], buckets=_SECONDS, registry=self.registry
        )
        self.events = Counter(
            "mappe_events", "Log entries appended, by registered kind.", ["kind"], registry=self.registry
        )
        self.refusals = Counter("mappe_refusals", "Refusals, by code.", ["code"], registry=self.registry)
        self.job_at = Gauge(
            "mappe_job_last_success_seconds",
            "When each background job last ended well.",
            ["job"],
            registry=self.registry,
            multiprocess_mode="mostrecent",
        )
