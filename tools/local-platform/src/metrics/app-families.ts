import { markOf } from '@odoobo/app-platform/versions';
import { alertsOf } from '../alerts/alerts-of.js';
import { raisedNow } from '../alerts/raised-alerts.js';
import { monthlyCost } from '../api/propose.js';
import { activeDeployment, isUnderWay } from '../deployments/phases.js';
import type { InstanceUsage, Progression, UsagePoint } from '../deployments/progression.js';
import type { AppRecord } from '../state/app-record.js';
import type { Family, Sample } from './family.js';

type Labels = Sample['labels'];

/** What is live of each app, what it costs and uses, and which of its alerts are raised. */
export function appFamilies(apps: readonly AppRecord[], progression: Progression): Family[] {
  return [...recordFamilies(apps), ...instanceFamilies(apps, progression)];
}

function recordFamilies(apps: readonly AppRecord[]): Family[] {
  const [info, since, cost, alerts, underWay]: Sample[][] = [[], [], [], [], []];
  for (const record of apps) {
    const app = record.spec.name;
    const live = activeDeployment(record);
    if (live) {
      const { commit = '', artefact = '' } = markOf(live.spec) ?? {};
      info?.push({ labels: { app, deployment: live.id, commit, digest: artefact }, value: 1 });
      since?.push({ labels: { app }, value: Date.parse(live.phaseUpdatedAt) / 1000 });
    }
    const dollars = monthlyCost(record.spec, 0);
    if (dollars !== undefined) cost?.push({ labels: { app }, value: dollars });
    const raised = new Set(raisedNow(record).map(({ id }) => id));
    for (const { id, component = '', spec } of alertsOf(record)) {
      const value = raised.has(id) ? 1 : 0;
      alerts?.push({ labels: { app, component, rule: spec.rule ?? '', alert: id }, value });
    }
  }
  const phases = new Map<string, number>();
  for (const { phase } of apps.flatMap(({ deployments }) => deployments.filter(isUnderWay)))
    phases.set(phase, (phases.get(phase) ?? 0) + 1);
  underWay?.push(...[...phases].map(([phase, value]) => ({ labels: { phase }, value })));
  return [
    gauge('app_live_info', 'What is live: always 1.', info),
    gauge('app_live_since_timestamp_seconds', 'When the live deployment became active.', since),
    gauge('app_cost_dollars_per_month', 'The price on App Platform; without databases and traffic.', cost),
    gauge('app_alert_raised', '1 while an alert of the App Spec is raised, else 0.', alerts),
    gauge('app_deployments_in_progress', 'Deployments that are queued or in progress, by phase.', underWay),
  ];
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

function gauge(name: string, help: string, values: Sample[] = []): Family {
  return { name, help, type: 'gauge', values };
}
