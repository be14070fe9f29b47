const commands = [
  { what: 'Deploy every skill of the workspace:', command: 'npx nx run-many -t deploy' },
  {
    what: 'Create a skill and deploy it:',
    command: 'npx nx g @odoobo/nx-skills:skill word-count\nnpx nx deploy word-count',
  },
  { what: 'Watch them in the terminal:', command: 'npx nx monitor' },
];

/** What to type first. */
export function NoApps() {
  return (
    <div class="notice">
      <h1>No apps yet</h1>
      <p>Run one of these in the workspace; the apps appear here automatically.</p>
      {commands.map(({ what, command }) => (
        <section key={command}>
          <p>{what}</p>
          <pre>{command}</pre>
        </section>
      ))}
    </div>
  );
}
