import type { DeliveryReport } from '../state/delivery-report.js';
import type { Family, Sample } from './family.js';

type Figures = DeliveryReport['skills'][number];

/** The delivery figures of skills over the last 30 days, as `nx-skills dora` has them. */
export function deliveryFamilies(skills: readonly Figures[]): Family[] {
  const family = (name: string, help: string, valueOf: (figures: Figures) => number | null): Family => {
    const values = skills.flatMap((one): Sample[] => {
      const value = valueOf(one);
      return value === null ? [] : [{ labels: { skill: one.name }, value }];
    });
    return { name: `delivery_${name}`, help, type: 'gauge', values };
  };
  return [
    family(
      'deployments',
      'Verified deployments of a new version in the last 30 days.',
      (one) => one.deployments,
    ),
    family(
      'lead_time_seconds',
      'The median from a commit to its first verified deployment.',
      (one) => one.leadTimeSeconds,
    ),
    family('changes', 'New versions that took traffic in the last 30 days.', (one) => one.changes),
    family('change_failures', 'Of them, those that failed.', (one) => one.failures),
    family(
      'change_failure_ratio',
      'Of the versions that took traffic, the part that failed.',
      (one) => one.changeFailureRate,
    ),
    family(
      'time_to_restore_seconds',
      'The median until a good version was live again.',
      (one) => one.timeToRestoreSeconds,
    ),
    family(
      'not_restored',
      'Failures after which no good version has been live yet.',
      (one) => one.notRestored,
    ),
  ];
}
