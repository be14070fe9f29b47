import type { StructuralRule } from './rule.js';

const keep =
  'Keep the old form next to the new one and mark it as deprecated, or release a new major version.';

/** How a change of what a module exports breaks those who use it. */
export const breakingChanges = {
  'export-removed': {
    severity: 'high',
    message: 'is no longer exported, so code that uses it breaks.',
    suggestion: keep,
  },
  'module-removed': {
    severity: 'high',
    message: 'are no longer exported: their module is removed.',
    suggestion: 'Keep a module that exports them from where they are now, or release a new major version.',
  },
  'kind-changed': {
    severity: 'high',
    message: 'is a different kind of thing than before, so its users break.',
    suggestion: keep,
  },
  'parameter-removed': {
    severity: 'high',
    message: 'takes fewer parameters than before.',
    suggestion: 'Keep accepting the parameter, or release a new major version.',
  },
  'parameter-required': {
    severity: 'high',
    message: 'needs an argument that existing calls do not pass.',
    suggestion: 'Give the new parameter a default value, and put it last.',
  },
  'parameter-renamed': {
    severity: 'high',
    message: 'has a renamed parameter, so calls that name the old one break.',
    suggestion: 'Keep the name, or accept both for a while.',
  },
  'parameters-reordered': {
    severity: 'high',
    message: 'takes its parameters in another order.',
    suggestion: 'Keep the order: existing calls pass the wrong values, and most of them do not fail.',
  },
  'parameter-keyword-only': {
    severity: 'high',
    message: 'accepts only by name what existing calls pass by position.',
    suggestion: 'Put the * after the existing parameters.',
  },
  'type-changed': {
    severity: 'medium',
    message: 'has another type than before, which breaks its users unless the new one is compatible.',
    suggestion: 'Check that every previously valid value is still valid, or release a new major version.',
  },
  'became-async': {
    severity: 'high',
    message: 'is asynchronous where it was not, or the other way round.',
    suggestion: 'Add a second function: callers of this one get a promise instead of a value.',
  },
  'member-required': {
    severity: 'medium',
    message: 'is required now, so everyone who creates such an object must set it.',
    suggestion: 'Make the member optional, unless only this package creates such objects.',
  },
} as const satisfies Record<string, StructuralRule>;

export type BreakingChange = keyof typeof breakingChanges;

/** Files that are not imported from outside: their exports are not an API. */
export const notAnApi =
  /(?:^|\/)(?:tests?|__tests__|spec|e2e|fixtures?|examples?|stories)\/|[._](?:test|spec|stories|fixture)\.[^/]+$|(?:^|\/)(?:test_[^/]*|conftest)\.py$|\.config\.[cm]?[jt]s$/;
