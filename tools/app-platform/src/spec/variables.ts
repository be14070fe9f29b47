export type Environment = Readonly<Record<string, string | undefined>>;

export interface Expansion {
  value: string;
  /** Names that the environment does not have, each once. */
  missing: string[];
}

/** Filled in by the platform itself; so is every name with a dot, such as `${_self.PUBLIC_URL}` or `${db.HOSTNAME}`. */
const bindables: readonly string[] = ['APP_URL', 'APP_DOMAIN', 'APP_ID'];

/**
 * Replaces each `${NAME}` from the environment, once: a value is not expanded again.
 * @param emptyIsMissing a secret that is set to nothing is as good as not set: the app would start with an empty one
 */
export function expand(text: string, environment: Environment, emptyIsMissing = false): Expansion {
  const missing = new Set<string>();
  const value = text.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (placeholder, name: string) => {
    if (bindables.includes(name)) return placeholder;
    const found = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (found === undefined || (emptyIsMissing && found === '')) missing.add(name);
    return found ?? placeholder;
  });
  return { value, missing: [...missing] };
}
