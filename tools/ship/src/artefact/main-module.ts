const isMain = /\brequire\.main\s*([=!])==?\s*module\b|\bmodule\s*([=!])==?\s*require\.main\b/g;
const isLoaded = /!\s*module\.parent\b/g;
const startedHere = /\bimport\.meta\.main\b/g;

/**
 * Answers the questions by which a module knows that it was started, and not imported: `require.main === module`, `!module.parent`
 * and `import.meta.main`. In a bundle all modules would get the answer of the bundle, which is that another module loads it.
 *
 * @param isEntry whether it is the module that starts the service
 */
export function answerMain(text: string, isEntry: boolean): string {
  return text
    .replace(isMain, (_, equal?: string, other?: string) => String(isEntry === ((equal ?? other) === '=')))
    .replace(isLoaded, String(isEntry))
    .replace(startedHere, String(isEntry));
}
