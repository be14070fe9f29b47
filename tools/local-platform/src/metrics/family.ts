/** One value of a family. */
export interface Sample {
  /** Names and values; nothing of a request is ever a label. */
  labels: Readonly<Record<string, string>>;
  /** Labels that many samples have, as one object: it is written only once. */
  sharedLabels?: Readonly<Record<string, string>>;
  value: number;
  /** The parts of a histogram have names of their own. */
  metricName?: string;
}

/** What is measured, under one name, as Prometheus knows it. */
export interface Family {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram';
  values: Sample[];
}
