export type Environment = Readonly<Record<string, string | undefined>>;

export interface Expansion {
  value: string;
  /** Names that the environment lacks, each once. */
  missing: string[];
}

export interface HowToExpand {
  /** An empty secret counts as missing: the app would start with an empty one. */
  emptyIsMissing?: boolean;
  /** What the names in the environment begin with, before those in the text. */
  prefix?: string;
}

/** Filled in by the platform itself, as is every name with a dot, such as `${_self.PUBLIC_URL}` or `${db.HOSTNAME}`. */
const bindables: readonly string[] = ['APP_URL', 'APP_DOMAIN', 'APP_ID'];

/** `${NAME}` with the dollar signs before it. */
const references = /(\$+)\{([A-Za-z_][\w.-]*)\}/g;

/** Whether the platform fills in a name, rather than the deployer. */
export function isBindable(name: string): boolean {
  return bindables.includes(name) || /[.-]/.test(name);
}

/**
 * Replaces each `${NAME}` from the environment, once: a value is not expanded again. `$${NAME}` is a literal `${NAME}`: before a
 * name two dollar signs mean one, as in docker compose and Terraform.
 */
export function expand(text: string, environment: Environment, how: HowToExpand = {}): Expansion {
  const { emptyIsMissing = false, prefix = '' } = how;
  const missing = new Set<string>();
  const value = replaceReferences(text, (name) => {
    if (isBindable(name)) return undefined;
    const key = `${prefix}${name}`;
    const found = Object.hasOwn(environment, key) ? environment[key] : undefined;
    if (found === undefined || (emptyIsMissing && found === '')) missing.add(key);
    return found;
  });
  return { value, missing: [...missing] };
}

/** Replaces each `${NAME}` that is not escaped; one without a replacement stays. Escaped names lose the escape. */
export function replaceReferences(text: string, replace: (name: string) => string | undefined): string {
  return text.replace(references, (_, { length }: string, name: string) => {
    const reference = `\${${name}}`;
    const literal = '$'.repeat(Math.floor(length / 2));
    return length % 2 === 0 ? literal.slice(1) + reference : literal + (replace(name) ?? reference);
  });
}

/** Escaped names. */
export function escapedNames(text: string): string[] {
  return [...text.matchAll(references)].flatMap(([, dollars = '', name = '']) =>
    dollars.length % 2 === 0 ? [name] : [],
  );
}
