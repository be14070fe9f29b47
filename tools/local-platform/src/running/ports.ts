import { canListen, freePort } from '@odoobo/machine/network';

/**
 * A port of its own for an instance: the preferred one if that is free. It stays in `ports` until the instance is gone
 * for good, so that a process that is restarted answers where others expect it.
 */
export async function reservePort(ports: Set<number>, preferred?: number): Promise<number> {
  if (preferred !== undefined && !ports.has(preferred) && (await canListen(preferred))) {
    return reserve(ports, preferred) ?? reservePort(ports);
  }
  return reserve(ports, await freePort(ports)) ?? reservePort(ports);
}

/** Undefined when another reservation found the same one meanwhile. */
function reserve(ports: Set<number>, port: number): number | undefined {
  if (ports.has(port)) return undefined;
  ports.add(port);
  return port;
}
