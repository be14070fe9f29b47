import { checkAgainst } from '@odoobo/app-platform/spec';
import { InvalidArgumentError, Option, UsageError } from '@odoobo/local-platform/command-line';
import * as z from 'zod';

/** The part of the JSON Schema of an option that a command line needs. */
interface OptionSchema {
  type?: string;
  description?: string;
  enum?: string[];
  default?: unknown;
}

/** The options of a command, from the schema that the executors use too. */
export function optionsOf(schema: z.ZodType, left: readonly string[] = []): Option[] {
  return Object.entries(propertiesOf(schema))
    .filter(([name]) => !left.includes(name))
    .map(([name, property]) => optionOf(name, property));
}

/**
 * Checks what was typed.
 * @throws UsageError with every option that is wrong
 */
export function checkOptions(schema: z.ZodType, typed: Readonly<Record<string, unknown>>): unknown {
  const names = Object.keys(propertiesOf(schema));
  const given = Object.fromEntries(Object.entries(typed).filter(([name]) => names.includes(name)));
  const check = checkAgainst(schema, given);
  if (check.ok) return given;
  throw new UsageError(check.issues.map(({ path, message }) => `--${dashed(path)}: ${message}.`).join('\n'));
}

/** `--smokeTest` -> `--smoke-test`: messages that Nx users see, too, write options in the first form. */
export function dashedArguments(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  return args.map((arg, index) =>
    end !== -1 && index > end
      ? arg
      : arg.replace(/^--[a-z][A-Za-z]*/, (flag) => `--${dashed(flag.slice(2))}`),
  );
}

function propertiesOf(schema: z.ZodType): Record<string, OptionSchema> {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
  return properties as Record<string, OptionSchema>;
}

function optionOf(
  name: string,
  { type, description = '', enum: choices, default: usual }: OptionSchema,
): Option {
  const about = withoutNx(description);
  if (type === 'boolean') return new Option(`--${usual === true ? 'no-' : ''}${dashed(name)}`, about);
  // Commands in messages say `-c production`, as those of Nx do.
  const short = name === 'environment' ? '-c, ' : '';
  const value = type === 'integer' ? 'number' : type === 'array' ? 'a,b' : 'value';
  const shown = usual === undefined ? about : `${about} Default: ${String(usual)}.`;
  const option = new Option(`${short}--${dashed(name)} <${value}>`, shown);
  if (choices) return option.choices(choices);
  if (type === 'integer') return option.argParser(integerOf);
  return type === 'array' ? option.argParser((text: string) => text.split(',')) : option;
}

function integerOf(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number.');
}

/** Leaves out sentences about commands of the plugin. */
function withoutNx(description: string): string {
  const sentences = description.split(/(?<=\.) (?=[A-Z-])/);
  return sentences.filter((sentence) => !/\bnx\b/i.test(sentence)).join(' ');
}

function dashed(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
