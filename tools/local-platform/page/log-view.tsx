import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { count, dateAndTime, shortId, timeOfDay } from './format.js';
import { everything, filterLines, isFiltered, type LogFilter } from './log-filter.js';
import type { LogLine } from './log-line.js';
import { keptLines, type LogPlace, useLog } from './use-log.js';

interface LogViewProps extends LogPlace {
  appName: string;
  /** Names of those that may have written it. */
  components: readonly string[];
}

/** A log as it grows, or the lines of it that are looked for. */
export function LogView({ appName, components, ...place }: LogViewProps) {
  const { lines, state } = useLog(place);
  const [filter, setFilter] = useState(everything);
  const shown = useMemo(() => filterLines(lines, filter), [lines, filter]);
  const found = isFiltered(filter) ? ` ${shown.length} of ${count(lines.length, 'line')}.` : '';
  return (
    <>
      <div class="tools" role="search" aria-label="Log">
        <FilterFields filter={filter} onFilter={setFilter} components={components} />
        <DownloadButton place={place} appName={appName} />
      </div>
      <Lines lines={shown} withComponent={components.length > 1} />
      <p class="quiet" role="status">
        {state}
        {lines.length >= keptLines && ` Shows and searches the last ${keptLines} lines; Download saves all.`}
        {found}
      </p>
    </>
  );
}

interface FilterFieldsProps {
  filter: LogFilter;
  onFilter(filter: LogFilter): void;
  components: readonly string[];
}

function FilterFields({ filter, onFilter, components }: FilterFieldsProps) {
  const set = (change: Partial<LogFilter>) => onFilter({ ...filter, ...change });
  return (
    <>
      <input
        type="search"
        class="grows"
        placeholder="Search the log"
        aria-label="Search the log"
        value={filter.text}
        onInput={({ currentTarget }) => set({ text: currentTarget.value })}
      />
      {components.length > 1 && (
        <select
          aria-label="Component"
          value={filter.component}
          onChange={({ currentTarget }) => set({ component: currentTarget.value })}
        >
          <option value="">all components</option>
          {components.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
      <select
        aria-label="Level"
        value={filter.level}
        onChange={({ currentTarget }) => set({ level: currentTarget.value as LogFilter['level'] })}
      >
        <option value="all">all levels</option>
        <option value="warnings">warnings and errors</option>
        <option value="errors">errors</option>
      </select>
    </>
  );
}

function Lines({ lines, withComponent }: { lines: readonly LogLine[]; withComponent: boolean }) {
  const view = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  // Does not move a user who has scrolled up to read.
  useLayoutEffect(() => {
    const { current } = view;
    if (current && atEnd.current) current.scrollTop = current.scrollHeight;
  }, [lines]);
  const onScroll = () => {
    const { current } = view;
    if (current) atEnd.current = current.scrollHeight - current.scrollTop - current.clientHeight < 20;
  };
  return (
    <div ref={view} class="log" tabIndex={0} role="log" aria-live="off" aria-label="Log" onScroll={onScroll}>
      {lines.map((line) => (
        <Line key={line.number} line={line} withComponent={withComponent} />
      ))}
    </div>
  );
}

/** Whatever a line contains becomes the text of elements, and nothing else. */
function Line({ line, withComponent }: { line: LogLine; withComponent: boolean }) {
  const { component, time, level, pieces } = line;
  return (
    <div class={level}>
      {time !== '' && (
        <time dateTime={time} title={dateAndTime(time)}>
          {timeOfDay(time)}{' '}
        </time>
      )}
      {withComponent && <span class="quiet">{component} </span>}
      {pieces.map(({ text, look }) => (look === '' ? text : <span class={look}>{text}</span>))}
    </div>
  );
}

/** Saves all that is kept of a log as a file. */
function DownloadButton({ place, appName }: { place: LogPlace; appName: string }) {
  const { platform, appId, deployment, type } = place;
  const [trouble, setTrouble] = useState<string>();
  const download = async () => {
    try {
      const text = await platform.wholeLog(appId, deployment, type);
      save(text, `${appName}-${shortId(deployment)}-${type.toLowerCase()}.log`);
      setTrouble(undefined);
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  return (
    <>
      <button onClick={() => void download()}>Download</button>
      {trouble && (
        <span class="reason" role="alert">
          {trouble}
        </span>
      )}
    </>
  );
}

function save(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
