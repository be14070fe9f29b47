import type { CssDeclaration, StyleSheet } from './css.js';
import { Layers } from './layers.js';
import { type Place, Places } from './place.js';
import type { Skipped } from './schema.js';

/** The custom properties of a style sheet, as the cascade decides. */
export interface Cascade {
  /** What each is on the root element with default settings; without such, the first value that a part of the page has. */
  base: Map<string, CssDeclaration>;
  modes: ModeProperties[];
  skipped: Skipped[];
}

/** Where properties have other values: in a theme, for a setting of the reader, in a window of some size. */
export interface ModeProperties {
  name: string;
  /** For example `@media (prefers-color-scheme: dark)` or `[data-theme=dark]`. */
  condition: string;
  values: Map<string, CssDeclaration>;
}

/** A declaration with what decides over it. */
interface Candidate {
  declaration: CssDeclaration;
  place: Place;
  /** Importance and layer, specificity, order: the first that differs decides. */
  precedence: [number, number, number];
}

type Winners = Map<string, Candidate>;

/** Decides which declaration of each custom property counts (Cascade 5, 6). */
export function cascade({ declarations, layers }: StyleSheet): Cascade {
  const skipped: Skipped[] = [];
  const all = candidatesOf(declarations, layers, skipped);
  const { everyone, modes, parts } = byReach(withoutResets(all, skipped));
  const winners = winnersOf(everyone);
  const base = new Map(winners);
  for (const each of [...modes, ...parts]) {
    const { property } = each.declaration;
    if (!base.has(property)) base.set(property, each);
  }
  report(everyone, base, 'is overridden by', skipped);
  report(parts, base, 'has this value in a part of the page; the token is', skipped);
  const initial = initialValues(declarations);
  return {
    base: new Map([...initial, ...[...base].map(([name, { declaration }]) => [name, declaration] as const)]),
    modes: modesOf(modes, winners, skipped),
    skipped,
  };
}

function candidatesOf(
  declarations: CssDeclaration[],
  named: StyleSheet['layers'],
  skipped: Skipped[],
): Candidate[] {
  const [places, layers] = [new Places(), new Layers(named)];
  const candidates: Candidate[] = [];
  declarations.forEach((declaration, order) => {
    if (!declaration.property.startsWith('--')) return;
    const place = places.of(declaration.scope);
    if (place.never !== undefined) {
      skipped.push(skip(declaration, place.never));
      return;
    }
    const rank = layers.rankOf(declaration.scope);
    // The order of layers is turned round for what is important, and all of it wins over what is not.
    const importance = declaration.important ? Number.MAX_SAFE_INTEGER - rank : rank;
    candidates.push({ declaration, place, precedence: [importance, place.target?.root ?? 0, order] });
  });
  return candidates;
}

/** More than a theme has; each is compared with every property. */
const maxResets = 100;

/** `--color-*: initial` in Tailwind's theme removes what the theme has said before under that name. */
function withoutResets(candidates: Candidate[], skipped: Skipped[]): Candidate[] {
  const resets = candidates
    .filter(({ declaration }) => declaration.property.endsWith('*'))
    .slice(0, maxResets);
  if (resets.length === 0) return candidates;
  return candidates.filter((each) => {
    const { declaration, place, precedence } = each;
    const reset = resets.find(
      (other) =>
        other === each ||
        (place.isTheme &&
          other.precedence[2] > precedence[2] &&
          declaration.property.startsWith(other.declaration.property.slice(0, -1))),
    );
    if (reset && reset !== each)
      skipped.push(skip(declaration, `is removed by ${reset.declaration.property}`));
    return reset === undefined;
  });
}

function byReach(candidates: Candidate[]) {
  const [everyone, modes, parts]: [Candidate[], Candidate[], Candidate[]] = [[], [], []];
  for (const each of candidates) {
    const { target, conditions } = each.place;
    const isForRoot = target?.root !== undefined;
    if (!isForRoot && target?.theme === undefined) parts.push(each);
    else if (conditions.length === 0) everyone.push(each);
    else modes.push(each);
  }
  return { everyone, modes, parts };
}

function winnersOf(candidates: Candidate[]): Winners {
  const winners: Winners = new Map();
  for (const each of candidates) {
    const best = winners.get(each.declaration.property);
    if (!best || beats(each, best)) winners.set(each.declaration.property, each);
  }
  return winners;
}

function beats(a: Candidate, b: Candidate): boolean {
  const decisive = a.precedence.findIndex((value, i) => value !== b.precedence[i]);
  return (a.precedence[decisive] ?? 0) > (b.precedence[decisive] ?? 0);
}

/** Names what the token of the same property does not say. */
function report(candidates: Candidate[], base: Winners, reason: string, skipped: Skipped[]): void {
  for (const { declaration } of candidates) {
    const kept = base.get(declaration.property)?.declaration;
    if (!kept || kept === declaration || kept.text === declaration.text) continue;
    skipped.push(skip(declaration, `${reason} ${kept.text.slice(0, 100)}`));
  }
}

function modesOf(candidates: Candidate[], base: Winners, skipped: Skipped[]): ModeProperties[] {
  const byCondition = new Map<string, Candidate[]>();
  for (const each of candidates) {
    const winner = base.get(each.declaration.property);
    // A theme can be chosen for a part of the page, where :root has no say.
    if (winner && each.place.target?.theme === undefined && beats(winner, each)) {
      report([each], base, 'is overridden by', skipped);
      continue;
    }
    const condition = each.place.conditions.map(({ text }) => text).join(' ');
    const members = byCondition.get(condition);
    if (members) members.push(each);
    else byCondition.set(condition, [each]);
  }
  const names = new Set<string>();
  return [...byCondition].map(([condition, members]) => {
    const name = freeModeName(members[0]?.place.conditions.map((each) => each.name).join('-') ?? '', names);
    const values = [...winnersOf(members)].map(
      ([property, { declaration }]) => [property, declaration] as const,
    );
    return { name, condition, values: new Map(values) };
  });
}

function freeModeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let n = 2; taken.has(name); n++) name = `${wanted}-${n}`;
  taken.add(name);
  return name;
}

/** The `initial-value` of each `@property`: what the property is where nothing sets it. */
function initialValues(declarations: CssDeclaration[]): [string, CssDeclaration][] {
  return declarations
    .filter(({ property, scope: { atRule, prelude } }) => {
      return atRule === 'property' && property === 'initial-value' && prelude.startsWith('--');
    })
    .map((declaration) => {
      const property = declaration.scope.prelude;
      return [property, { ...declaration, property }];
    });
}

function skip({ property, text }: CssDeclaration, reason: string): Skipped {
  return { name: property, value: text.slice(0, 200), reason };
}
