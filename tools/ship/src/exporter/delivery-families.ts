import type { Family, Sample } from '@odoobo/local-platform/metrics';
import type { Delivery, Figures } from '../delivery/figures.js';
import { gauge } from './platform-families.js';

/** The delivery figures of the skills, as `nx-skills dora` has them. */
export function deliveryFamilies({ skills }: Delivery): Family[] {
  const values = (valueOf: (figures: Figures) => number | null): Sample[] =>
    skills.flatMap((one) => {
      const value = valueOf(one);
      return value === null ? [] : [{ labels: { skill: one.name }, value }];
    });
  return [
    gauge(
      'delivery_deployments',
      'Verified deployments of a new version in the last 30 days.',
      values((one) => one.deployments),
    ),
    gauge(
      'delivery_lead_time_seconds',
      'The median from a commit to its first verified deployment.',
      values((one) => one.leadTimeSeconds),
    ),
    gauge(
      'delivery_change_failure_ratio',
      'Of the versions that took traffic, the part that failed.',
      values((one) => one.changeFailureRate),
    ),
    gauge(
      'delivery_time_to_restore_seconds',
      'The median until a good version was live again.',
      values((one) => one.timeToRestoreSeconds),
    ),
    gauge(
      'delivery_not_restored',
      'Failures after which no good version has been live yet.',
      values((one) => one.notRestored),
    ),
  ];
}
