import type { Command } from '@odoobo/local-platform/command-line';

export interface TraceOptions {
  otlp?: boolean;
  json?: boolean;
}

/** Gives a command the argument and the options of `trace`, which `odoobo` and `nx-skills` share. */
export function withTraceOptions(command: Command): Command {
  return command
    .argument('[run]', 'Its name, such as deploy-2026-01-31T09-30-00-000Z-1f3a. Default: the last one.')
    .option('--otlp', 'Export it to the endpoint in OTEL_EXPORTER_OTLP_ENDPOINT.')
    .option('--json', 'Print its spans as JSON.');
}
