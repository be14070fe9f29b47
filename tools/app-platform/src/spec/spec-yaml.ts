import {
  type Document,
  type DocumentOptions,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type ParseOptions,
  type ScalarTag,
  type SchemaOptions,
  type Tags,
  visit,
  type YAMLMap,
} from 'yaml';

/** Types of YAML 1.1 that Go's reader leaves as text, or that JSON does not have. */
const unread = ['timestamp', 'binary', 'omap', 'pairs', 'set'].map((name) => `tag:yaml.org,2002:${name}`);

/** Go reads `0o17` as well as `017`. */
const octal: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  format: 'OCT',
  test: /^[-+]?0o[0-7_]+$/,
  resolve: (text) => (text.startsWith('-') ? -1 : 1) * Number(text.replace(/^[-+]/, '').replaceAll('_', '')),
};

/** Such as `1e3`; unlike YAML 1.1 itself, Go leaves `e3` as text. */
const exponent: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  format: 'EXP',
  test: /^[-+]?(?:\d[\d_]*\.?[\d_]*|\.[\d_]+)[eE][-+]?[\d_]+$/,
  resolve: (text) => Number(text.replaceAll('_', '')),
};

/** Such as `1.5`, `1.` and `.5`; YAML 1.1 itself takes a point alone for a number, too, and `source_dir: .` would be none. */
const point: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  test: /^[-+]?(?:\d[\d_]*\.[\d_]*|\.\d[\d_]*)$/,
  resolve: (text) => Number(text.replaceAll('_', '')),
};

const notDecimal = ['HEX', 'BIN', 'OCT'];

/** Go leaves as text what does not fit in 64 bits, such as the address of a contract: `0x` and 40 digits. */
function within64Bits(tag: ScalarTag): ScalarTag {
  return { ...tag, resolve: (text, ...rest) => (fits64Bits(text) ? tag.resolve(text, ...rest) : text) };
}

function fits64Bits(text: string): boolean {
  const digits = text.replace(/^[-+]/, '').replaceAll('_', '').toLowerCase();
  if (!/^0[xbo][0-9a-f]+$/.test(digits)) return true;
  return BigInt(digits) < (text.startsWith('-') ? 2n ** 63n + 1n : 2n ** 64n);
}

function readAsGo(tags: Tags): Tags {
  const read = tags.filter(
    (tag) =>
      typeof tag === 'string' || !(unread.includes(tag.tag) || ('format' in tag && tag.format === 'TIME')),
  );
  const isExponent = (tag: Tags[number]) =>
    typeof tag !== 'string' && 'format' in tag && tag.format === 'EXP';
  const isPoint = (tag: Tags[number]) =>
    typeof tag !== 'string' && 'test' in tag && tag.test?.test('.') === true;
  const asGo = read.map((tag): Tags[number] => (isExponent(tag) ? exponent : isPoint(tag) ? point : tag));
  return [octal, ...asGo].map((tag) => (isNotDecimal(tag) ? within64Bits(tag) : tag));
}

/**
 * YAML as DigitalOcean's own tools read an App Spec: they use sigs.k8s.io/yaml, which reads YAML 1.1 with Go's exceptions. So an
 * unquoted `no` is false, `1_000` is 1000, `010` is 8, and `<<` merges; `1:30` and dates are text.
 */
export const specYaml: ParseOptions & DocumentOptions & SchemaOptions = {
  version: '1.1',
  customTags: readAsGo,
};

function isNotDecimal(tag: Tags[number]): tag is ScalarTag {
  return typeof tag !== 'string' && 'format' in tag && notDecimal.includes(tag.format ?? '');
}

/** The pair of a map that has this key; one that is merged in counts, unless the map has its own. */
export function pairOf(document: Document, map: YAMLMap, key: string): Pair | undefined {
  const own = map.items.find((pair) => !isMerge(pair) && keyOf(pair) === key);
  if (own) return own;
  for (const merged of map.items.filter(isMerge).flatMap(({ value }) => mapsIn(document, value))) {
    const found = pairOf(document, merged, key);
    if (found) return found;
  }
  return undefined;
}

/** What an alias stands for, or the node itself. */
export function resolved(document: Document, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

/**
 * Keys that stand above a merge which has them, too. YAML says that the map's own value wins, and so it is here; for
 * DigitalOcean's tools, the merged one does.
 */
export function shadowedKeys(document: Document.Parsed): { key: string; node: Node }[] {
  const shadowed: { key: string; node: Node }[] = [];
  visit(document, {
    Map(_, map: YAMLMap) {
      map.items.forEach((merge, index) => {
        if (!isMerge(merge)) return;
        const merged = mapsIn(document, merge.value);
        for (const pair of map.items.slice(0, index)) {
          const name = isMerge(pair) ? undefined : keyOf(pair);
          if (name === undefined || !isNode(pair.key)) continue;
          if (merged.some((one) => pairOf(document, one, name))) shadowed.push({ key: name, node: pair.key });
        }
      });
    },
  });
  return shadowed;
}

/** The maps that a merge names: one, or several in a list. */
function mapsIn(document: Document, value: unknown): YAMLMap[] {
  const target = resolved(document, value);
  if (isMap(target)) return [target];
  return isSeq(target) ? target.items.flatMap((item) => mapsIn(document, item)) : [];
}

function isMerge({ key }: Pair): boolean {
  return isScalar(key) && key.source === '<<' && key.type === 'PLAIN';
}

function keyOf({ key }: Pair): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}
