import { markOf } from '@odoobo/app-platform/versions';
import { alertsOf } from '../alerts/alerts-of.js';
import { raisedNow } from '../alerts/raised-alerts.js';
import { monthlyCost } from '../api/propose.js';
import { activeDeployment, isUnderWay } from '../deployments/phases.js';
import type { InstanceUsage, Progression, UsagePoint } from '../deployments/progression.js';
import type { AppRecord } from '../state/app-record.js';
import { type Family, lineOf, type Sample } from './family.js';

type Labels = Sample['labels'];

/** What is live of each app, what it costs and uses, and which of its alerts are raised. */
export function appFamilies(apps: readonly AppRecord[], progression: Progression): Family[] {
  return [...recordFamilies(apps), ...instanceFamilies(apps, progression)];
}

const info = 'app_live_info';
const since = 'app_live_since_timestamp_seconds';
const cost = 'app_cost_dollars_per_month';
const alert = 'app_alert_raised';

/** The lines of an app, by family. */
type Written = Record<'info' | 'since' | 'cost' | 'alerts', Buffer>;

/** What was written of each record. A record is never changed, but replaced. */
const written = new WeakMap<AppRecord, Written>();

function recordFamilies(apps: readonly AppRecord[]): Family[] {
  const lines = apps.map(linesOf);
  return [
    gauge(
      info,
      'What is live: always 1.',
      [],
      lines.map((one) => one.info),
    ),
    gauge(
      since,
      'When the live deployment became active.',
      [],
      lines.map((one) => one.since),
    ),
    gauge(
      cost,
      'The price on App Platform; without databases and traffic.',
      [],
      lines.map((one) => one.cost),
    ),
    gauge(
      alert,
      '1 while an alert of the App Spec is raised, else 0.',
      [],
      lines.map((one) => one.alerts),
    ),
    gauge(
      'app_deployments_in_progress',
      'Deployments that are queued or in progress, by phase.',
      phases(apps),
    ),
  ];
}

function phases(apps: readonly AppRecord[]): Sample[] {
  const counts = new Map<string, number>();
  for (const { deployments } of apps)
    for (const one of deployments)
      if (isUnderWay(one)) counts.set(one.phase, (counts.get(one.phase) ?? 0) + 1);
  return [...counts].map(([phase, value]) => ({ labels: { phase }, value }));
}

function linesOf(record: AppRecord): Written {
  const known = written.get(record);
  if (known) return known;
  const live = liveLines(record);
  const lines = {
    info: Buffer.from(live.info),
    since: Buffer.from(live.since),
    cost: Buffer.from(costLine(record)),
    alerts: Buffer.from(alertLines(record)),
  };
  written.set(record, lines);
  return lines;
}

function liveLines(record: AppRecord): { info: string; since: string } {
  const app = record.spec.name;
  const live = activeDeployment(record);
  if (!live) return { info: '', since: '' };
  const { commit = '', artefact = '' } = markOf(live.spec) ?? {};
  return {
    info: lineOf(info, { app, deployment: live.id, commit, digest: artefact }, 1),
    since: lineOf(since, { app }, Date.parse(live.phaseUpdatedAt) / 1000),
  };
}

function costLine({ spec }: AppRecord): string {
  const dollars = monthlyCost(spec, 0);
  return dollars === undefined ? '' : lineOf(cost, { app: spec.name }, dollars);
}

function alertLines(record: AppRecord): string {
  const app = record.spec.name;
  const raised = new Set(raisedNow(record).map(({ id }) => id));
  return alertsOf(record)
    .map(({ id, component = '', spec }) =>
      lineOf(alert, { app, component, rule: spec.rule ?? '', alert: id }, raised.has(id) ? 1 : 0),
    )
    .join('');
}

function instanceFamilies(apps: readonly AppRecord[], progression: Progression): Family[] {
  const [running, cpu, memory, bytes, restarts]: Sample[][] = [[], [], [], [], []];
  for (const record of apps) {
    const app = record.spec.name;
    const counts = new Map<string, number>();
    for (const { component } of progression.instancesOf(record))
      counts.set(component, (counts.get(component) ?? 0) + 1);
    for (const [component, value] of counts) running?.push({ labels: { app, component }, value });
    for (const usage of progression.usageOf(record)) {
      const labels = { app, component: usage.component, instance: usage.instance };
      add(cpu, labels, lastOf(usage, 'cpuPercent'));
      add(memory, labels, lastOf(usage, 'memoryPercent'));
      add(bytes, labels, lastOf(usage, 'memoryBytes'));
      add(restarts, labels, lastOf(usage, 'restarts'));
    }
  }
  return [
    gauge('app_instances', 'Instances of the live deployment.', running),
    gauge('app_cpu_percentage', 'CPU in percent of the instance size, as last measured.', cpu),
    gauge('app_memory_percentage', 'Memory in percent of the instance size.', memory),
    gauge('app_memory_bytes', 'Memory in bytes.', bytes),
    gauge('app_restart_count', 'Restarts since the live deployment became active.', restarts),
  ];
}

function lastOf({ points }: InstanceUsage, field: Exclude<keyof UsagePoint, 'at'>): number | null {
  return points.at(-1)?.[field] ?? null;
}

function add(samples: Sample[] | undefined, labels: Labels, value: number | null): void {
  if (value !== null) samples?.push({ labels, value });
}

/** @param lines more values, written already; empty where an app has none */
function gauge(name: string, help: string, values: Sample[] = [], lines: Buffer[] = []): Family {
  return { name, help, type: 'gauge', values, lines: lines.filter(({ length }) => length > 0) };
}
