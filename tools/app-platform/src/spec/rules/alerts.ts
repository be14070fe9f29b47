import { appAlertRules, componentAlertRules } from '../alerts.js';
import { componentsOf, type Fields, listOf, type Report } from './loose.js';

/** Each rule is either for the app or for a component. */
export function checkAlerts(spec: Fields, report: Report): void {
  refuse(componentAlertRules, 'only for a component: move it to the alerts of one', spec, [], report);
  for (const { path, fields } of componentsOf(spec))
    refuse(appAlertRules, 'only for the app: move it to the alerts at the top level', fields, path, report);
}

function refuse(
  rules: readonly unknown[],
  why: string,
  owner: Fields,
  path: readonly (string | number)[],
  report: Report,
): void {
  listOf(owner.alerts).forEach(({ rule }, index) => {
    if (rules.includes(rule)) report([...path, 'alerts', index, 'rule'], why);
  });
}
