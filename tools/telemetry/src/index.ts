export { type ExportOptions, exportSpans, type RecordedSpan } from './export-spans.js';
export { startTelemetry, type RequestSpan, type Service, type Telemetry } from './telemetry.js';
