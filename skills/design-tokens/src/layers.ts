import type { Scope } from './syntax.js';

interface Layer {
  inner: Map<string, Layer>;
  rank: number;
}

/** Tailwind puts its theme into this layer. */
const tailwindLayer = 'theme';

/** The order of cascade layers (Cascade 5, 6.4): later ones win, and what is in no layer wins over all. */
export class Layers {
  readonly #outermost: Layer = { inner: new Map(), rank: 0 };
  readonly #ofScope = new Map<Scope | undefined, Layer>([[undefined, this.#outermost]]);
  #ranks = 0;

  /** @param named each `@layer`, with a block or without, in the order in which they come */
  constructor(named: Scope[]) {
    for (const scope of named) this.#enter(scope);
    this.#add(this.#outermost, tailwindLayer);
    this.#rank(this.#outermost);
  }

  /** The rank of the layer that a scope is in: the higher one wins. */
  rankOf(scope: Scope | undefined): number {
    return this.#layerOf(scope).rank;
  }

  #layerOf(scope: Scope | undefined): Layer {
    const known = this.#ofScope.get(scope);
    if (known) return known;
    const outer = this.#layerOf(scope?.parent);
    const layer = scope?.atRule === 'theme' ? this.#add(this.#outermost, tailwindLayer) : outer;
    this.#ofScope.set(scope, layer);
    return layer;
  }

  /** `@layer a, b.c;` names several; `@layer {}` without a name is one of its own. */
  #enter(scope: Scope): void {
    const outer = this.#layerOf(scope.parent);
    const names = scope.prelude === '' ? [`#${this.#ofScope.size}`] : scope.prelude.split(',');
    for (const name of names) this.#ofScope.set(scope, this.#add(outer, name.trim()));
  }

  #add(outer: Layer, path: string): Layer {
    return path.split('.').reduce((layer, name) => {
      const inner = layer.inner.get(name) ?? { inner: new Map<string, Layer>(), rank: 0 };
      layer.inner.set(name, inner);
      return inner;
    }, outer);
  }

  #rank(layer: Layer): void {
    for (const inner of layer.inner.values()) this.#rank(inner);
    layer.rank = this.#ranks++;
  }
}
