import { AppPlatformClient, type AppSpec, planDeploy } from '@odoobo/app-platform';
import { execa, execaSync } from 'execa';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentedFor, operationsOf } from './operations.js';
import { type ClientTest, startClientTest, wideApp } from './wide-app.js';

/** The provider, as Terraform's registry has it or as `go build` makes it: registries of Go modules have no version 2 of it. */
const provider = process.env['TERRAFORM_PROVIDER_DIGITALOCEAN'];
const terraform = ['terraform', 'tofu'].find(
  (name) => execaSync(name, ['version'], { reject: false }).exitCode === 0,
);

const canRun = provider !== undefined && terraform !== undefined;

describe.skipIf(!canRun)(
  'Terraform (needs terraform or tofu, and the provider in TERRAFORM_PROVIDER_DIGITALOCEAN)',
  () => {
    let test: ClientTest;
    let folder: string;

    beforeAll(async () => {
      test = await startClientTest();
      folder = join(test.folder, 'terraform');
      const plugins = join(test.folder, 'plugins');
      await mkdir(folder);
      await mkdir(plugins);
      await copyFile(provider ?? '', join(plugins, 'terraform-provider-digitalocean'));
      await writeFile(
        join(test.folder, 'terraform.rc'),
        `provider_installation {\n  dev_overrides { "digitalocean/digitalocean" = "${plugins}" }\n  direct {}\n}\n`,
      );
      await writeFile(join(folder, 'main.tf'), configuration(test.repository));
    });
    afterAll(() => test?.close());

    async function run(...args: string[]): Promise<{ exitCode?: number | undefined; stdout: string }> {
      const { url, token } = test.platform;
      const env = {
        TF_CLI_CONFIG_FILE: join(test.folder, 'terraform.rc'),
        CHECKPOINT_DISABLE: '1',
        DIGITALOCEAN_API_URL: url,
        DIGITALOCEAN_TOKEN: token,
      };
      return execa(terraform ?? '', [...args, '-no-color'], { cwd: folder, env, reject: false });
    }

    /** What a plan would change. @param level the value of a variable */
    async function planned(level: string): Promise<Resource[]> {
      const file = join(test.folder, 'plan');
      const { exitCode, stdout } = await run('plan', '-input=false', `-out=${file}`, `-var=level=${level}`);
      expect(exitCode, stdout).toBe(0);
      const { stdout: json } = await execa(terraform ?? '', ['show', '-json', file], {
        cwd: folder,
        env: { TF_CLI_CONFIG_FILE: join(test.folder, 'terraform.rc') },
      });
      const { resource_changes: changes = [] } = JSON.parse(json) as { resource_changes?: Resource[] };
      return changes.filter(({ change }) => change.actions.join() !== 'no-op');
    }

    async function apply(level: string): Promise<void> {
      const { exitCode, stdout } = await run('apply', '-auto-approve', '-input=false', `-var=level=${level}`);
      expect(exitCode, stdout).toBe(0);
    }

    async function appId(): Promise<string> {
      const { stdout } = await run('state', 'show', 'digitalocean_app.wide');
      return /^ +id += "([0-9a-f-]{36})"$/m.exec(stdout)?.[1] ?? '';
    }

    it('applies a wide app, and then plans nothing', async () => {
      await apply('info');
      expect(await planned('info')).toEqual([]);
    });

    it('puts it into a project of its own', async () => {
      const state = async (of: string) => (await run('state', 'show', of)).stdout;
      const project = /^ +id += "(.+)"$/m.exec(await state('digitalocean_project.shops'))?.[1];
      expect(await state('digitalocean_app.wide')).toContain(`= "${project}"`);
    });

    it('changes one thing, and then plans nothing', async () => {
      const [change] = await planned('debug');
      expect(change?.change.actions).toEqual(['update']);
      await apply('debug');
      expect(await planned('debug')).toEqual([]);
    });

    it('imports it, and finds the spec as it is written', async () => {
      const id = await appId();
      await run('state', 'rm', 'digitalocean_app.wide');
      const { exitCode, stdout } = await run('import', '-var=level=debug', 'digitalocean_app.wide', id);
      expect(exitCode, stdout).toBe(0);
      for (const { change } of await planned('debug')) {
        // An import reads no attribute of the provider itself, such as its page size.
        expect(change.after.spec).toEqual(change.before.spec);
      }
    });

    it('leaves nothing to deploy for ours', async () => {
      const client = new AppPlatformClient(test.platform);
      const live = await client.getApp(await appId());
      await client.close();
      const spec = sameSpec(test.repository, 'debug');
      expect(planDeploy({ spec, matching: new Set() }, live)).toMatchObject({ action: 'none', changes: [] });
      const other = sameSpec(test.repository, 'info');
      expect(planDeploy({ spec: other, matching: new Set() }, live)).toMatchObject({ action: 'update' });
    });

    it('destroys it', async () => {
      const { exitCode, stdout } = await run('destroy', '-auto-approve', '-var=level=debug');
      expect(exitCode, stdout).toBe(0);
    });

    it('was seen with the calls that the page lists', () => {
      expect(operationsOf(test.platform.requests)).toEqual(documentedFor('Terraform'));
    });
  },
);

interface Resource {
  change: { actions: string[]; before: { spec: AppSpec[] }; after: { spec: AppSpec[] } };
}

/** What `configuration` describes, as one writes it in an App Spec. */
function sameSpec(repository: string, level: string): AppSpec {
  const wide = wideApp('wide', repository);
  const [web, ...others] = wide.services ?? [];
  if (!web) throw new Error('The wide app has no service.');
  return {
    ...wide,
    envs: [{ key: 'LEVEL', value: level }],
    services: [
      {
        ...web,
        envs: [{ key: 'MODE', value: 'public', scope: 'RUN_TIME' }],
        alerts: [{ rule: 'CPU_UTILIZATION', operator: 'GREATER_THAN', value: 80, window: 'TEN_MINUTES' }],
        log_destinations: [{ name: 'logs', papertrail: { endpoint: 'syslog+tls://example.com:12345' } }],
      },
      ...others,
    ],
  };
}

function configuration(repository: string): string {
  const git = `git {
        repo_clone_url = "${repository}"
        branch         = "main"
      }`;
  const size = `instance_count     = 1
      instance_size_slug = "apps-s-1vcpu-0.5gb"`;
  return `terraform {
  required_providers {
    digitalocean = { source = "digitalocean/digitalocean" }
  }
}

variable "level" {}

resource "digitalocean_project" "shops" {
  name = "shops"
}

resource "digitalocean_app" "wide" {
  project_id = digitalocean_project.shops.id
  spec {
    name   = "wide"
    region = "fra"
    alert {
      rule = "DEPLOYMENT_FAILED"
    }
    env {
      key   = "LEVEL"
      value = var.level
    }
    service {
      name        = "web"
      run_command = "node server.js"
      ${size}
      ${git}
      env {
        key   = "MODE"
        value = "public"
        scope = "RUN_TIME"
      }
      health_check {
        http_path = "/"
      }
      alert {
        rule     = "CPU_UTILIZATION"
        operator = "GREATER_THAN"
        value    = 80
        window   = "TEN_MINUTES"
      }
      log_destination {
        name = "logs"
        papertrail {
          endpoint = "syslog+tls://example.com:12345"
        }
      }
    }
    worker {
      name        = "mailer"
      run_command = "while true; do echo mailing; sleep 1; done"
      ${size}
      ${git}
    }
    job {
      name        = "migrate"
      kind        = "PRE_DEPLOY"
      run_command = "echo migrated"
      ${size}
      ${git}
    }
    static_site {
      name = "manual"
      ${git}
    }
    ingress {
      rule {
        component {
          name = "web"
        }
        match {
          path {
            prefix = "/"
          }
        }
      }
      rule {
        component {
          name = "manual"
        }
        match {
          path {
            prefix = "/manual"
          }
        }
      }
    }
  }
}
`;
}
