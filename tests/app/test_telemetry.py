"""FastAPI can tell an OpenTelemetry collector about every request; paths and what did not validate are nobody's."""

from __future__ import annotations

import pytest
from opentelemetry import metrics, trace
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.trace import NoOpTracerProvider

from app.main import create_app
from app.settings import Settings


def test_the_environment_cannot_turn_telemetry_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    asked: list[str] = []

    def tracer() -> NoOpTracerProvider:
        asked.append("trace")
        return NoOpTracerProvider()

    def meter() -> NoOpMeterProvider:
        asked.append("metrics")
        return NoOpMeterProvider()

    monkeypatch.setattr(trace, "get_tracer_provider", tracer)
    monkeypatch.setattr(metrics, "get_meter_provider", meter)
    app = create_app(Settings.from_env({}))
    assert not app._native_telemetry.enabled()
    assert asked == []
    assert not app._telemetry["auto_configure"]
