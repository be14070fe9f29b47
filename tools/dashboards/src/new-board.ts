import {
  DashboardBuilder,
  DashboardLinkBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';

/** A dashboard with the choice of a data source, and links to the others. */
export function newBoard(name: string, title: string): DashboardBuilder {
  return new DashboardBuilder(title)
    .uid(`skills-${name}`)
    .tags(['skills'])
    .refresh('15s')
    .time({ from: 'now-1h', to: 'now' })
    .timezone('browser')
    .link(
      new DashboardLinkBuilder('Skills')
        .type('dashboards' as never)
        .tags(['skills'])
        .keepTime(true),
    )
    .withVariable(new DatasourceVariableBuilder('datasource').label('Source').type('prometheus'));
}

/** The choice of one app. */
export function appVariable(): QueryVariableBuilder {
  return new QueryVariableBuilder('app')
    .label('App')
    .datasource({ type: 'prometheus', uid: '${datasource}' })
    .query('label_values(app_instances, app)')
    .refresh(2 as never);
}
