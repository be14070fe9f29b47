/** One value of a family. */
export interface Sample {
  /** Names and values; nothing of a request is ever a label. */
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** What is measured, under one name, as Prometheus knows it. */
export interface Family {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram';
  values: readonly Sample[];
  /** More values, as lines in bytes: with a thousand apps, writing again what has not changed is most of the work of a scrape. */
  lines?: readonly Buffer[];
}

/** A value as a line of Prometheus and of OpenMetrics: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function lineOf(name: string, labels: Sample['labels'], value: number): string {
  const text = labelText(labels);
  return text === '' ? `${name} ${value}\n` : `${name}{${text}} ${value}\n`;
}

/** Labels as they stand between the braces. */
export function labelText(labels: Sample['labels']): string {
  let text = '';
  for (const [name, value] of Object.entries(labels))
    text += `${text === '' ? '' : ','}${name}="${escaped(value)}"`;
  return text;
}

const escapes: Record<string, string> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

function escaped(value: string): string {
  return /[\\"\n]/.test(value) ? value.replaceAll(/[\\"\n]/g, (one) => escapes[one] ?? one) : value;
}
