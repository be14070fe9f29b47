import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PackageRegistry, startPackageRegistry } from '../support/registry.js';
import type { RegistryWorkspace } from '../support/registry-workspace.js';
import { outerEnvironment } from '../support/workspace.js';
import { bareWorkspace } from './bare-workspace.js';
import { publishAll, unseenVersion } from './publish.js';

// Nx's own MCP server, which is built from Nx Console: agents and editors see generators, prompts and targets as it does.

/** The newest; from 0.25 on it shows workspaces only on request. */
const server = 'nx-mcp@0.25.0';
const installMs = 10 * 60_000;

let registry: PackageRegistry;
beforeAll(async () => {
  registry = await startPackageRegistry('@odoobo');
  await publishAll(registry, unseenVersion());
}, installMs);
afterAll(() => registry.close());

/** A tool of the server, what it is given, and what its answer has. */
type Call = [tool: string, input: object, expected: RegExp];

const calls: Call[] = [
  [
    'nx_generators',
    {},
    /^(?![\s\S]*nx-skills:init)[\s\S]*<@odoobo\/nx-skills:skill:\[Adds a skill: [\s\S]*@odoobo\/nx-skills:adopt[\s\S]*@odoobo\/nx-skills:remove/,
  ],
  [
    'nx_generator_schema',
    { generatorName: '@odoobo/nx-skills:skill' },
    /"x-prompt":"What is the name of the skill\?","x-priority":"important"[\s\S]*"required":\["name"\]/,
  ],
  ['nx_workspace', {}, /<hello>[^<]*targets:\[build,validate,serve,plan,deploy,/],
];

/** In later versions of Nx it looks for a file that Nx has moved: "Cannot find module". */
const details: Call = [
  'nx_project_details',
  { projectName: 'hello' },
  /- deploy: @odoobo\/nx-skills:deploy \| depends: \[build, \^deploy\] \| cache: false/,
];

describe.each([
  ['21.6.11', [...calls, details]],
  ['23.2.1', calls],
] as const)('with Nx %s', (version, all) => {
  let workspace: RegistryWorkspace;
  let mcp: McpServer;
  beforeAll(async () => {
    workspace = await bareWorkspace(registry, version);
    await workspace.npx('nx add @odoobo/nx-skills');
    await workspace.npx('nx g @odoobo/nx-skills:skill hello --no-interactive');
    await workspace.run('npm', ['install', '--no-save', server]);
    mcp = await McpServer.start(workspace.root);
  }, installMs);
  afterAll(async () => {
    await mcp.close();
    await workspace.close();
  });

  it.each(all)('%s answers what the plugin says', async (tool, input, expected) => {
    expect(await mcp.tool(tool, input)).toMatch(expected);
  });
});

class McpServer {
  readonly #answers = new Map<number, (answer: Answer) => void>();

  private constructor(private readonly process: ChildProcessWithoutNullStreams) {
    createInterface({ input: process.stdout }).on('line', (line) => {
      const answer = JSON.parse(line) as Answer & { id: number };
      this.#answers.get(answer.id)?.(answer);
    });
  }

  static async start(root: string): Promise<McpServer> {
    const program = join(root, 'node_modules/.bin/nx-mcp');
    const options = ['--minimal=false', '--disableTelemetry'];
    const server = new McpServer(
      spawn(program, [root, ...options], { cwd: root, env: { ...outerEnvironment(), NX_DAEMON: 'false' } }),
    );
    const clientInfo = { name: 'test', version: '1' };
    await server.#ask('initialize', { protocolVersion: '2024-11-05', capabilities: {}, clientInfo });
    return server;
  }

  /** The text that a tool answers. */
  async tool(name: string, input: object = {}): Promise<string> {
    const { result, error } = await this.#ask('tools/call', { name, arguments: input });
    if (!result) throw new Error(`${name}: ${error?.message}`);
    return result.content.map(({ text }) => text).join('\n');
  }

  async close(): Promise<void> {
    const exit = once(this.process, 'exit');
    this.process.kill();
    await exit;
  }

  #ask(method: string, params: object): Promise<Answer> {
    const id = this.#answers.size + 1;
    const answer = new Promise<Answer>((resolve) => this.#answers.set(id, resolve));
    this.process.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    return answer;
  }
}

interface Answer {
  result?: { content: { text: string }[] };
  error?: { message: string };
}
