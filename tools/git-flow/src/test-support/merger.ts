import { mergeBranches } from '../merge/merge-branches.js';
import type { BranchToMerge } from '../merge/result.js';

// A process that lands branches: `merger <directory> <branches as JSON>`. Prints the report.
const [directory = '', branches = '[]'] = process.argv.slice(2);
const report = await mergeBranches({
  directory,
  into: 'main',
  remote: 'origin',
  branches: JSON.parse(branches) as BranchToMerge[],
});
process.stdout.write(JSON.stringify(report));
