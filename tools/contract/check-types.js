import { join } from 'node:path';
import ts from 'typescript';

// Not tsc: DigitalOcean's client is published as TypeScript that does not pass under the options of this repository, and
// tsc checks every source that is imported. Here only the files of this folder are.
const { sys } = ts;
const config = ts.getParsedCommandLineOfConfigFile(join(import.meta.dirname, 'tsconfig.json'), undefined, {
  ...sys,
  onUnRecoverableConfigFileDiagnostic: report,
});
const program = ts.createProgram(config.fileNames, config.options);
const sources = config.fileNames.map((name) => program.getSourceFile(name));
const found = sources.flatMap((source) => [
  ...program.getSyntacticDiagnostics(source),
  ...program.getSemanticDiagnostics(source),
]);
found.forEach(report);
process.exitCode = found.length === 0 ? 0 : 1;

function report(diagnostic) {
  const host = {
    getCurrentDirectory: sys.getCurrentDirectory,
    getCanonicalFileName: (name) => name,
    getNewLine: () => '\n',
  };
  process.stderr.write(ts.formatDiagnostic(diagnostic, host));
}
