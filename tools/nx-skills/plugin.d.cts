import type { CreateNodes, PostTasksExecution, PreTasksExecution } from '@nx/devkit';

/** Options of the plugin, in nx.json: docs/own-repository.md. */
interface PluginOptions {
  baseImage?: string;
  registry?: string;
}

export declare const name: '@odoobo/nx-skills';
export declare const createNodes: CreateNodes<PluginOptions | undefined>;
export declare const createNodesV2: typeof createNodes;
export declare const preTasksExecution: PreTasksExecution;
export declare const postTasksExecution: PostTasksExecution;
