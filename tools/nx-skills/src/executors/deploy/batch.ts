import type { TaskGraph } from '@nx/devkit';
export default async function* run(graph: TaskGraph) {
  console.log('stdin tty', process.stdin.isTTY, process.env['FORCE_COLOR'], process.env['NX_TUI'], process.argv.join(' '));
  for (const id of Object.keys(graph.tasks)) {
    for (let i = 0; i < 3; i++) { console.log('deploy progress', id, i); await new Promise((r) => setTimeout(r, 300)); }
    yield { task: id, result: { success: true, terminalOutput: '' } };
  }
  console.log('TABLE\n  a\n  b');
}
