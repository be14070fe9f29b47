import { useCallback } from 'preact/hooks';
import type { DeliveryAnswer } from '../src/page/answers.js';
import { barsOf, length, perDay, share } from './delivery.js';
import { count, dateAndTime } from './format.js';
import { useNarrow } from './media.js';
import type { Platform } from './platform.js';
import { usePolled } from './polling.js';

type Report = NonNullable<DeliveryAnswer['delivery']>;
type Figures = Report['all'];

/** The figures of the last 30 days, as the last deploy has computed them; nothing until there is one. */
export function DeliveryFigures({ platform }: { platform: Platform }) {
  const read = useCallback((signal: AbortSignal) => platform.delivery(signal), [platform]);
  const report = usePolled(read).value?.delivery;
  if (!report) return null;
  return (
    <section>
      <h2>Delivery</h2>
      <p class="quiet">
        The last 30 days, as of {dateAndTime(report.until)}: each deploy, rollback and promotion updates them.
      </p>
      <Tiles figures={report.all} />
      <Days days={report.days} />
      {report.skills.length > 1 && <Skills skills={report.skills} />}
    </section>
  );
}

/** Each figure with what it means. */
function Tiles({ figures }: { figures: Figures }) {
  const { deployments, deploymentsPerDay, changes, failures, notRestored } = figures;
  const restored = notRestored > 0 ? `; ${notRestored} not restored yet` : '';
  const tiles = [
    ['Deployments per day', perDay(deploymentsPerDay), `${deployments} changes that were live and verified`],
    ['Lead time', length(figures.leadTimeSeconds), 'median, from a commit to its first verified deployment'],
    [
      'Change failure rate',
      share(figures.changeFailureRate),
      `${failures} of ${changes} changes that took traffic failed`,
    ],
    [
      'Time to restore',
      length(figures.timeToRestoreSeconds),
      `median, until a good version was live${restored}`,
    ],
  ] as const;
  return (
    <dl class="tiles">
      {tiles.map(([title, value, meaning]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>
            <strong>{value}</strong>
            <span class="quiet">{meaning}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A bar a day; what failed is drawn in it. */
function Days({ days }: { days: Report['days'] }) {
  const { width, height, bars } = barsOf(days);
  const [deployments, failures] = [total(days, 'deployments'), total(days, 'failures')];
  const first = days[0]?.day ?? '';
  const last = days.at(-1)?.day ?? '';
  return (
    <figure class="days">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Chart of deployments a day: ${count(deployments, 'deployment')} and ${count(failures, 'failure')} from ${first} to ${last}`}
      >
        {bars.map(({ day, x, deployed, failed, title }) => (
          <g key={day}>
            <title>{title}</title>
            <rect class="day" x={x} y={0} width={bars.length > 0 ? 10 : 0} height={height} />
            <rect class="deployed" x={x + 1} y={height - deployed} width={8} height={deployed} />
            <rect class="failed" x={x + 1} y={height - failed} width={8} height={failed} />
          </g>
        ))}
      </svg>
      <figcaption class="quiet">
        <span>{first}</span>
        <span>
          <i class="deployed" /> deployments a day <i class="failed" /> failures
        </span>
        <span>{last}</span>
      </figcaption>
    </figure>
  );
}

function total(days: Report['days'], field: 'deployments' | 'failures'): number {
  return days.reduce((sum, day) => sum + day[field], 0);
}

const columns = ['Lead time', 'Failed', 'Restored in'];

function figuresOf({ leadTimeSeconds, changeFailureRate, timeToRestoreSeconds }: Figures): string[] {
  return [length(leadTimeSeconds), share(changeFailureRate), length(timeToRestoreSeconds)];
}

/** A row a skill. Where there is no room for all columns, their content goes below the name. */
function Skills({ skills }: { skills: Report['skills'] }) {
  const narrow = useNarrow();
  const titles = ['Deployed', ...(narrow ? [] : columns)];
  return (
    <div class="wide">
      <table aria-label="Delivery figures of each skill">
        <thead>
          <tr>
            <th scope="col">Skill</th>
            {titles.map((title) => (
              <th key={title} scope="col" class="number">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {skills.map((one) => (
            <tr key={one.name}>
              <th scope="row">
                {one.name}
                {narrow && <span class="below quiet">{belowOf(one)}</span>}
              </th>
              {[String(one.deployments), ...(narrow ? [] : figuresOf(one))].map((text, index) => (
                <td key={titles[index]} class="number">
                  {text}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function belowOf(figures: Figures): string {
  return figuresOf(figures)
    .map((text, index) => `${columns[index]?.toLowerCase() ?? ''} ${text}`)
    .join(', ');
}
