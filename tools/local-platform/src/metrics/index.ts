/*
 * The text of metrics, and what apps cost: for the exporter of App Platform, which has the same names.
 */
export { monthlyCost } from '../api/propose.js';
export { deliveryFamilies } from './delivery-families.js';
export type { Family, Sample } from './family.js';
export { formats, metricsText } from './metrics-text.js';
