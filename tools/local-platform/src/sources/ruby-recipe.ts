import { join } from 'node:path';
import { plainRecipe, type Recipe, shellLines } from './recipe-parts.js';
import type { SourceComponent } from './source.js';
import { readIfThere } from './source-files.js';

/** The variables that the buildpack sets: https://devcenter.heroku.com/articles/ruby-support-reference */
const env = {
  RACK_ENV: 'production',
  RAILS_ENV: 'production',
  RAILS_LOG_TO_STDOUT: 'enabled',
  RAILS_SERVE_STATIC_FILES: 'enabled',
  LANG: 'C.UTF-8',
};

/** Programs of the gems that need no `bundle exec` before them, as the buildpack has them on PATH. */
const stubs = 'vendor/bundle/bin';

/** Rails needs a secret, which it does not have while it is built. */
const precompileAssets =
  'if bundle exec rake -P 2>/dev/null | grep -q "^rake assets:precompile$"; then ' +
  'RAILS_ENV=production SECRET_KEY_BASE_DUMMY=1 bundle exec rake assets:precompile; fi';

/** Whether a folder has the file that says what a Ruby program needs. */
export async function isRuby(folder: string): Promise<boolean> {
  return (await readIfThere(join(folder, 'Gemfile'))) !== undefined;
}

/**
 * Bundler installs into `vendor/bundle`, then the assets of Rails are compiled, then build_command runs. Rails starts its server, and
 * an application with `config.ru` the one of Rack.
 * https://docs.digitalocean.com/products/app-platform/reference/buildpacks/ruby/
 */
export async function rubyRecipe(folder: string, { build_command: line }: SourceComponent): Promise<Recipe> {
  const has = async (file: string): Promise<boolean> => (await readIfThere(join(folder, file))) !== undefined;
  const isLocked = await has('Gemfile.lock');
  const wanted = await readIfThere(join(folder, '.ruby-version'));
  return {
    ...plainRecipe,
    needs: [
      ['ruby', '--version'],
      ['bundle', '--version'],
    ],
    build: [
      // Kept in the folder, so that what runs finds the gems.
      configured('path', 'vendor/bundle'),
      configured('without', 'development:test'),
      ...(isLocked ? [configured('deployment', 'true')] : []),
      ['bundle', 'install'],
      // An option says that only up to Bundler 2.
      configured('bin', stubs),
      ['bundle', 'binstubs', '--all'],
      ...shellLines((await has('Rakefile')) ? precompileAssets : undefined, line),
    ],
    start: startOf(await has('config/application.rb'), await has('config.ru')),
    env,
    programs: ['bin', stubs],
    notes: [
      ...(wanted === undefined
        ? []
        : [`.ruby-version asks for ruby ${wanted.trim()}; ruby of this machine runs it`]),
      ...(isLocked ? [] : ['there is no Gemfile.lock: what is installed may differ from build to build']),
    ],
  };
}

function configured(name: string, value: string): string[] {
  return ['bundle', 'config', 'set', '--local', name, value];
}

function startOf(isRails: boolean, isRack: boolean): string[] {
  if (isRails) return ['/bin/sh', '-c', 'exec bundle exec rails server -b "$HOST" -p "$PORT"'];
  return isRack ? ['/bin/sh', '-c', 'exec bundle exec rackup config.ru -o "$HOST" -p "$PORT"'] : [];
}
