interface Ordered {
  skill: string;
  after?: string[];
}

/** The skills that, through others, must be live before themselves. */
export function inDependencyCycle(requests: readonly Ordered[]): Set<string> {
  const after = new Map(requests.map((request) => [request.skill, request.after ?? []]));
  return new Set(requests.map(({ skill }) => skill).filter((skill) => reach(skill, after).has(skill)));
}

/** All that must be live before a skill, directly or not. */
function reach(skill: string, after: ReadonlyMap<string, string[]>): Set<string> {
  const reached = new Set<string>();
  const open = [...(after.get(skill) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    open.push(...(after.get(next) ?? []));
  }
  return reached;
}
