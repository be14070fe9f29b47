"""OpenTelemetry of the service; not loaded unless OTEL_EXPORTER_OTLP_ENDPOINT is set."""

import os
import time
from collections.abc import Callable
from threading import Thread
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

asking = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)
methods = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}


def is_asked_for() -> bool:
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    return any(os.environ.get(name) for name in asking)


def start(service: str, version: str) -> tuple[Any, Any, Callable[[], None]]:
    """A tracer, a histogram of durations, and what exports the rest within two seconds."""
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    known = Resource({"service.name": service, "service.version": version})
    # What `deploy` and the environment say has precedence.
    resource = Resource.create().merge(known).merge(OTELResourceDetector().detect())
    tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
    tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    reader = PeriodicExportingMetricReader(OTLPMetricExporter())
    meters = MeterProvider(resource=resource, metric_readers=[reader], shutdown_on_exit=False)
    duration = meters.get_meter(service).create_histogram(
        "http.server.request.duration", unit="s", description="Duration of HTTP server requests."
    )

    def stop() -> None:
        # The exporters wait longer than they are told to for an endpoint that hangs.
        exports = [Thread(target=one.force_flush, daemon=True) for one in (tracers, meters)]
        until = time.monotonic() + 2
        for export in exports:
            export.start()
        for export in exports:
            export.join(max(0.0, until - time.monotonic()))

    return tracers.get_tracer(service), duration, stop


class Telemetry:
    """ASGI middleware: a span and a duration for each request, without query, headers and body."""

    def __init__(self, app: ASGIApp, service: str, version: str) -> None:
        self.app = app
        self.tracer, self.duration, self.stop = start(service, version)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            try:
                return await self.app(scope, receive, send)
            finally:
                self.stop()
        given = scope.get("headers", [])
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in given}
        # Probes come every few seconds, for ever.
        is_probe = scope.get("path") == "/health" and "traceparent" not in headers
        if scope["type"] != "http" or is_probe:
            return await self.app(scope, receive, send)
        await self.answer(scope, headers, receive, send)

    async def answer(
        self, scope: Scope, headers: dict[str, str], receive: Receive, send: Send
    ) -> None:
        from opentelemetry.trace import SpanKind, StatusCode
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        since = time.perf_counter()
        method = scope["method"] if scope["method"] in methods else "_OTHER"
        attributes: dict[str, Any] = {"http.request.method": method, "url.scheme": scope["scheme"]}
        status = 500

        async def send_seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        caller = TraceContextTextMapPropagator().extract(headers)
        # The SDK would record the text of an exception, which can repeat what the caller sent.
        with self.tracer.start_as_current_span(
            "HTTP",
            caller,
            SpanKind.SERVER,
            attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                await self.app(scope, receive, send_seen)
            finally:
                route = getattr(scope.get("route"), "path", None)
                attributes["http.response.status_code"] = status
                if route:
                    attributes["http.route"] = route
                if status >= 500:
                    attributes["error.type"] = str(status)
                    span.set_status(StatusCode.ERROR)
                span.update_name(" ".join(filter(None, [method.replace("_OTHER", "HTTP"), route])))
                # Any other path can be anything, such as a key that was sent to the wrong place.
                span.set_attributes({**attributes, "url.path": route} if route else attributes)
                self.duration.record(time.perf_counter() - since, attributes)
