import { rolloutServices } from '@odoobo/app-platform';
import { type AppSpec, type Issue, type Service, storedSpec } from '@odoobo/app-platform/spec';
import { posix } from 'node:path';
import { AssetError } from './assets.js';
import type { SkillManifest } from './manifest.js';

/** The name of the component that has the files of `static`. */
const siteName = 'static';

/** What a skill answers itself beside its health path: addRoutes in tools/skill-kit/src/server.ts. */
const skillPaths = ['/invoke', '/docs', '/openapi.json', '/profile'];

type Rule = NonNullable<NonNullable<AppSpec['ingress']>['rules']>[number];
type StaticSite = NonNullable<AppSpec['static_sites']>[number];

/** What of a manifest decides on its static site. */
export type SiteOwner = Pick<SkillManifest, 'id' | 'contract' | 'healthPath' | 'static' | 'buildTarget'>;

/** Where the files of a static site come from: the artefact here, or on App Platform the commit that it builds. */
export type SiteSource =
  | 'artefact'
  | { /** The skill's folder from the root of its repository. */ skillFolder: string };

/**
 * The App Spec with a static site for the folder that the manifest names as `static`: the site is at "/", and the service keeps
 * its own paths, because the longest prefix wins. Pure; unchanged without such a folder.
 * @param spec without issues of `staticIssues`
 */
export function withStaticSite(spec: AppSpec, skill: SiteOwner, source: SiteSource): AppSpec {
  const service = frontService(spec);
  if (skill.static === undefined || !service) return spec;
  const stored = storedSpec(spec);
  const site = siteOf(skill, skill.static, service, source);
  return {
    ...stored,
    static_sites: [...(stored.static_sites ?? []), site],
    ingress: { ...stored.ingress, rules: [...serviceRules(stored, skill, service), ruleTo('/', siteName)] },
  };
}

/** Why a skill cannot have a static site, as far as its App Spec says. */
export function staticIssues(spec: AppSpec, skill: SiteOwner): Issue[] {
  if (skill.static === undefined) return [];
  const service = frontService(spec);
  if (!service)
    return [
      { path: 'services', message: 'the static site needs a service beside it that takes HTTP requests' },
    ];
  return [...sourceIssues(spec, service), ...takenName(spec), ...rootIssues(spec, skill, service)];
}

/**
 * @param spec with the static site
 * @param files paths from the skill
 * @throws AssetError where nobody would get a file, because a longer prefix leads elsewhere
 */
export function requireReachable(spec: AppSpec, folder: string, files: readonly string[]): void {
  const others = hostless(spec).filter(({ component }) => component?.name !== siteName);
  for (const rule of others) {
    const file = files.find((path) => covers(rule, path.slice(folder.length)));
    if (file === undefined) continue;
    const leads = rule.component ? `leads to "${rule.component.name}"` : 'is a redirect';
    throw new AssetError(
      folder,
      `nobody would get ${file}: "${pathOf(rule)}" ${leads}. Rename the file, or the path.`,
      'static',
    );
  }
}

/** The service whose version the site has: the one at "/", else the first that takes requests. */
function frontService(spec: AppSpec): Service | undefined {
  const routed = rolloutServices(spec);
  const front = hostless(storedSpec(spec)).find(isRoot)?.component?.name;
  return routed.find(({ name }) => name === front) ?? routed[0];
}

function siteOf(
  { id, buildTarget }: SiteOwner,
  folder: string,
  service: Service,
  source: SiteSource,
): StaticSite {
  if (source === 'artefact')
    return {
      name: siteName,
      image: { registry_type: 'DOCR', repository: id },
      output_dir: folder,
    };
  const { git, github, gitlab, bitbucket, build_command, environment_slug, source_dir = '/' } = service;
  const files = posix.join('/', source.skillFolder, folder);
  const repository = {
    ...(git && { git }),
    ...(github && { github }),
    ...(gitlab && { gitlab }),
    ...(bitbucket && { bitbucket }),
  };
  // Files that are there need no build; what a build makes is made as for the service, of the same commit.
  if (buildTarget === undefined)
    return { name: siteName, ...repository, source_dir: files, environment_slug: 'html', output_dir: '/' };
  return {
    name: siteName,
    ...repository,
    source_dir,
    ...(environment_slug !== undefined && { environment_slug }),
    ...(build_command !== undefined && { build_command }),
    output_dir: posix.relative(posix.join('/', source_dir), files),
  };
}

/** The rules of the App Spec, with one for each path of the service in place of "/". */
function serviceRules(stored: AppSpec, skill: SiteOwner, service: Service): Rule[] {
  const rules = stored.ingress?.rules ?? [];
  const root = hostless(stored).find(isRoot);
  const kept = rules.filter((rule) => rule !== root);
  const own = ownPaths(skill).filter(
    (path) => !hostless(stored).some((rule) => rule !== root && covers(rule, path)),
  );
  return [
    ...own.map((path) => ({ ...ruleTo(path, service.name), ...(root?.cors && { cors: root.cors }) })),
    ...kept,
  ];
}

function ownPaths({ contract, healthPath }: SiteOwner): string[] {
  return contract === 'skill' ? [healthPath, ...skillPaths] : [healthPath];
}

/** The path reaches the service as it is, where a prefix would be removed. */
function ruleTo(prefix: string, name: string): Rule {
  const preserve = name === siteName ? {} : { preserve_path_prefix: true };
  return { match: { path: { prefix } }, component: { name, ...preserve } };
}

/** App Platform takes the files of a static site from git alone: its client (godo, AppStaticSiteSpec) has no image. */
function sourceIssues({ services = [] }: AppSpec, service: Service): Issue[] {
  if (!service.image) return [];
  const message =
    'App Platform builds a static site from a branch, never from an image, and this service runs an image. Name the branch in its place; ' +
    'or name the folder in "assets" of the manifest in place of "static", and let the service answer with its files';
  return [{ path: `services/${services.indexOf(service)}/image`, message }];
}

function takenName(spec: AppSpec): Issue[] {
  const lists = ['services', 'workers', 'jobs', 'static_sites', 'functions', 'databases'] as const;
  return lists.flatMap((list) =>
    (spec[list] ?? []).flatMap(({ name }, index) =>
      name === siteName
        ? [
            {
              path: `${list}/${index}/name`,
              message: '"static" of the manifest adds a component of this name. Rename this one',
            },
          ]
        : [],
    ),
  );
}

/** What else is at "/": only of a skill it is known which paths its service needs. */
function rootIssues(spec: AppSpec, skill: SiteOwner, service: Service): Issue[] {
  if (skill.healthPath === '/')
    return [
      {
        path: '',
        message:
          'the static site answers "/", which is also the healthPath of the skill. Give the service another, such as /health',
      },
    ];
  const root = hostless(storedSpec(spec)).find(isRoot);
  if (!root || (skill.contract === 'skill' && root.component?.name === service.name)) return [];
  const index = spec.ingress?.rules?.indexOf(root) ?? -1;
  const leads = root.component ? `leads to "${root.component.name}"` : 'is a redirect';
  const message =
    `"static" of the manifest puts a static site at "/", which ${leads}. Name the paths of the service in its place, such as ` +
    `{ match: { path: { prefix: /api } }, component: { name: ${service.name}, preserve_path_prefix: true } }`;
  return [{ path: index < 0 ? 'ingress/rules' : `ingress/rules/${index}`, message }];
}

/** The rules for every host: one with an authority is for that host alone. */
function hostless({ ingress }: AppSpec): Rule[] {
  return (ingress?.rules ?? []).filter(({ match }) => match?.authority === undefined);
}

function isRoot(rule: Rule): boolean {
  return rule.match?.path?.exact === undefined && pathOf(rule) === '/';
}

function pathOf({ match }: Rule): string {
  const { exact, prefix = '/' } = match?.path ?? {};
  return exact ?? (prefix.replace(/\/+$/, '') || '/');
}

function covers(rule: Rule, path: string): boolean {
  const own = pathOf(rule);
  if (rule.match?.path?.exact !== undefined) return path === own;
  return own === '/' || path === own || path.startsWith(`${own}/`);
}
