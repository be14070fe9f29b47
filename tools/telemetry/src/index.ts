export { startTelemetry, type RequestSpan, type Service, type Telemetry } from './telemetry.js';
