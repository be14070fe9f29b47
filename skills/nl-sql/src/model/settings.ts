/** DigitalOcean's: https://docs.digitalocean.com/products/inference/how-to/use-serverless-inference/ */
const digitalocean = 'https://inference.do-ai.run/v1';

export interface ModelSettings {
  /** Up to and without `/chat/completions`. */
  baseUrl: string;
  name: string;
  /** Absent for an endpoint that asks for none, such as one on the same machine. */
  key: string | undefined;
}

/** MODEL_NAME turns the model on; MODEL_BASE_URL and MODEL_ACCESS_KEY say where it is and pay for it. */
export function modelSettings(env: NodeJS.ProcessEnv): ModelSettings | undefined {
  const name = env['MODEL_NAME'];
  if (!name) return undefined;
  const baseUrl = (env['MODEL_BASE_URL'] || digitalocean).replace(/\/+$/, '');
  return { baseUrl, name, key: env['MODEL_ACCESS_KEY'] || undefined };
}
