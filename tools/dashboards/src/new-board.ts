import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardLinkBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';

/**
 * A dashboard with the choice of a data source, links to the others, and markers in its charts: what went live, and which alerts
 * of App Specs were raised.
 * @param of labels that choose the apps of the markers, such as `{app=~"$app"}`
 */
export function newBoard(name: string, title: string, of = ''): DashboardBuilder {
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
    .annotation(wentLive(of))
    .annotation(raisedAlerts(of))
    .withVariable(new DatasourceVariableBuilder('datasource').label('Source').type('prometheus'));
}

/** At the time that the value itself is. */
function wentLive(of: string): AnnotationQueryBuilder {
  return annotation('Went live', 'blue')
    .expr(`app_live_since_timestamp_seconds${of} * 1000`)
    .useValueForTime(true)
    .titleFormat('{{app}} went live');
}

function raisedAlerts(of: string): AnnotationQueryBuilder {
  return annotation('Alerts', 'red')
    .expr(`app_alert_raised${of} == 1`)
    .titleFormat('{{app}}: {{rule}}')
    .textFormat('{{component}}');
}

function annotation(name: string, colour: string): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource({ type: 'prometheus', uid: '${datasource}' })
    .enable(true)
    .iconColor(colour);
}

/** The choice of one app. */
export function appVariable(): QueryVariableBuilder {
  return new QueryVariableBuilder('app')
    .label('App')
    .datasource({ type: 'prometheus', uid: '${datasource}' })
    .query('label_values(app_instances, app)')
    .refresh(2 as never);
}
