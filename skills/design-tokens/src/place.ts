import { holdsByDefault, isSupported } from './conditions.js';
import { plainName } from './name.js';
import { type Target, targetOf } from './selector.js';
import type { Scope } from './syntax.js';

/** Where a declaration counts, as the rules and at-rules around it say. */
export interface Place {
  /** Undefined outside every rule. */
  target: Target | undefined;
  /** The media queries and themes that it is for; none for everyone. */
  conditions: Condition[];
  /** Why the declaration is not one of the page, such as "is set in @keyframes". */
  never: string | undefined;
  /** In Tailwind's `@theme`. */
  isTheme: boolean;
}

export interface Condition {
  name: string;
  text: string;
}

const everywhere: Place = { target: undefined, conditions: [], never: undefined, isTheme: false };

/** As specific as `:root`, which Tailwind writes for it; what it calls default gives way to all others. */
const [themeSpecificity, defaultSpecificity] = [1_000, -1];

/** Remembers the place of each scope: a rule has many declarations. */
export class Places {
  readonly #known = new Map<Scope | undefined, Place>([[undefined, everywhere]]);

  of(scope: Scope | undefined): Place {
    const known = this.#known.get(scope);
    if (known || !scope) return known ?? everywhere;
    const place = placeWithin(this.of(scope.parent), scope);
    this.#known.set(scope, place);
    return place;
  }
}

function placeWithin(outer: Place, scope: Scope): Place {
  if (outer.never !== undefined) return outer;
  return scope.atRule === undefined
    ? inRule(outer, scope.prelude)
    : inAtRule(outer, scope.atRule, scope.prelude);
}

function inRule(outer: Place, selector: string): Place {
  const target = targetOf(selector, outer.target);
  if (target.theme === undefined) return { ...outer, target };
  return {
    ...outer,
    target,
    conditions: [...outer.conditions, { name: plainName(target.theme), text: selector }],
  };
}

function inAtRule(outer: Place, atRule: string, prelude: string): Place {
  switch (atRule) {
    case 'layer':
      return outer;
    case 'media':
      return holdsByDefault(prelude) ? outer : within(outer, mediaName(prelude), `@media ${prelude}`);
    case 'container':
    case 'variant':
      return within(outer, prelude, `@${atRule} ${prelude}`);
    case 'supports':
      return isSupported(prelude)
        ? outer
        : { ...outer, never: `is for browsers that fail @supports ${prelude}` };
    case 'theme': {
      const root = /\bdefault\b/.test(prelude) ? defaultSpecificity : themeSpecificity;
      return { ...outer, target: { root, theme: undefined }, isTheme: true };
    }
    case 'scope':
    case 'utility':
      return { ...outer, target: { root: undefined, theme: undefined } };
    default:
      return { ...outer, never: `is set in @${atRule}` };
  }
}

function within(outer: Place, name: string, text: string): Place {
  return { ...outer, conditions: [...outer.conditions, { name: plainName(name) || 'other', text }] };
}

/** `(prefers-color-scheme: dark)` is `dark`, as people call it. */
function mediaName(query: string): string {
  return /prefers-color-scheme:\s*(\w+)/i.exec(query)?.[1] ?? query;
}
