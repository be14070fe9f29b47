import { findHealthPath } from './health-path.js';
import {
  type AdoptedProject,
  type ProjectFiles,
  type Service,
  UnknownServiceError,
} from './project-files.js';

/** An application, as a server names it. */
interface Application {
  /** `main:app` */
  name: string;
  /** How a server calls it. */
  interface: 'asgi' | 'wsgi';
}

const applications = [
  { form: /^(\w+)\s*(?::\s*\w+\s*)?=\s*(?:fastapi\.)?FastAPI\(/m, interface: 'asgi' },
  { form: /^(\w+)\s*(?::\s*\w+\s*)?=\s*Starlette\(/m, interface: 'asgi' },
  { form: /^(\w+)\s*(?::\s*\w+\s*)?=\s*(?:flask\.)?Flask\(/m, interface: 'wsgi' },
] as const;

/** How a Python service is shipped and started. @throws UnknownServiceError for what cannot be found */
export function findPythonService({ name, files }: AdoptedProject, healthPath: string | undefined): Service {
  const requirements = files.read('requirements.txt');
  if (requirements === undefined) {
    throw new UnknownServiceError(
      `${name} has no requirements.txt, which the platform installs. Write it from your environment: pip freeze > requirements.txt`,
    );
  }
  const django = findDjango(files);
  const application = django ?? findApplication(files);
  if (!application) {
    throw new UnknownServiceError(
      `It is not known what starts ${name}: no file has an application of FastAPI, Flask or Django. ` +
        'Name it, as uvicorn takes it: --entry=main:app. Or name the command: --start=<command>',
    );
  }
  return {
    runtime: 'python',
    ...startOf(name, application, requirements),
    healthPath: healthPath ?? findHealthPath(files) ?? (django ? djangoHealthPath(files) : '/'),
  };
}

/** The server that serves it: one that its requirements name. */
function startOf(
  project: string,
  { name, interface: kind }: Application,
  requirements: string,
): Pick<Service, 'entry' | 'start'> {
  const has = (packageName: string) => new RegExp(`^${packageName}\\b`, 'im').test(requirements);
  const hasUvicorn = has('uvicorn') || /^fastapi\[(?:standard|all)\]/im.test(requirements);
  if (kind === 'asgi' && hasUvicorn) return { entry: name };
  // It reads the port from PORT: https://docs.gunicorn.org/en/stable/settings.html#bind
  if (kind === 'wsgi' && has('gunicorn')) return { start: ['gunicorn', name] };
  const server = kind === 'asgi' ? 'uvicorn' : 'gunicorn';
  throw new UnknownServiceError(
    `requirements.txt of ${project} has no server that can serve ${name} in production. Add ${server} to it. Or name another ` +
      'command: --start=<command>',
  );
}

function findApplication({ paths, read }: ProjectFiles): Application | undefined {
  const sources = paths.filter((path) => path.endsWith('.py') && !/(^|\/)(?:tests?\/|test_)/.test(path));
  // The files at the top first: main.py, app.py.
  for (const path of [...sources].sort((a, b) => a.split('/').length - b.split('/').length)) {
    const text = read(path) ?? '';
    for (const { form, interface: kind } of applications) {
      const [, variable] = form.exec(text) ?? [];
      if (variable !== undefined) return { name: `${moduleOf(path)}:${variable}`, interface: kind };
    }
  }
  return undefined;
}

/** `shop/main.py` -> `shop.main` */
function moduleOf(path: string): string {
  return path.replace(/(?:\/__init__)?\.py$/, '').replaceAll('/', '.');
}

/** https://docs.djangoproject.com/en/stable/howto/deployment/wsgi/ */
function findDjango({ paths, read }: ProjectFiles): Application | undefined {
  if (!paths.includes('manage.py')) return undefined;
  const [, settings = ''] =
    /DJANGO_SETTINGS_MODULE["'],\s*["']([\w.]+)["']/.exec(read('manage.py') ?? '') ?? [];
  const [site = ''] = settings.split('.');
  return paths.includes(`${site}/wsgi.py`)
    ? { name: `${site}.wsgi:application`, interface: 'wsgi' }
    : undefined;
}

/** A new site serves nothing but the administration, whose login page needs no database. */
function djangoHealthPath({ paths, read }: ProjectFiles): string {
  const urls = paths.filter((path) => path.endsWith('urls.py')).map((path) => read(path) ?? '');
  const [, admin] =
    urls.map((text) => /path\(\s*["']([\w/-]*)["'],\s*admin\.site\.urls/.exec(text)).find((one) => one) ?? [];
  return admin === undefined ? '/' : `/${admin}login/`;
}
