import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';

// As a program: the failures of a log on standard input.
if (process.argv[1] === import.meta.filename)
  process.stdout.write(failuresIn(await text(process.stdin)).join('\n'));

/**
 * What failed according to the output of `nx run-many` and vitest: each failed test once, with the first line of its error, and the
 * tasks that failed without one.
 */
export function failuresIn(output) {
  const [, ...tasks] = stripVTControlCharacters(output).split(/^> nx run /m);
  const tests = tasks.flatMap((task) => failedTests(/^\S+/.exec(task)[0], task));
  const [, list = ''] = stripVTControlCharacters(output).split(/^Failed tasks:$/m);
  const others = [...list.matchAll(/^- (\S+)$/gm)]
    .map(([, task]) => task)
    .filter((task) => !tests.some((test) => test.startsWith(`${task} `)));
  return [...new Set(tests), ...others.map((task) => `${task} failed without a failed test`)];
}

/** Vitest prints an error that several tests have in common once, below the last of them. */
function failedTests(task, output) {
  return [...output.matchAll(/((?:^ FAIL {2}.+\n)+)(.*)/gm)].flatMap(([, names, error]) =>
    [...names.matchAll(/^ FAIL {2}(.+)$/gm)].map(([, name]) => `${task} ${name}\n    ${error}`),
  );
}
