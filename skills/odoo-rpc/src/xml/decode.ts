import { parser as createParser, type SAXOptions } from 'sax';

export interface XmlRpcFault {
  code: number;
  string: string;
}

/** A response in XML-RPC: a value, or a fault. */
export type XmlRpcResponse = { value: unknown; fault?: never } | { value?: never; fault: XmlRpcFault };

/** Records of Odoo nest a handful of levels. */
const maxDepth = 400;

/** The entities of XML and no others, such as those of HTML. */
const options: SAXOptions & { strictEntities: boolean } = { strictEntities: true };

interface Element {
  tag: string;
  text: string;
  name?: string;
  value?: unknown;
  items: unknown[];
}

const scalars: Record<string, (text: string) => unknown> = {
  string: (text) => text,
  int: integer,
  i4: integer,
  i8: integer,
  double: Number,
  boolean: (text) => text.trim() === '1',
  nil: () => null,
  'dateTime.iso8601': (text) => text,
  // As in JSON-RPC, binary stays in base64.
  base64: (text) => text.replace(/\s/g, ''),
};

/**
 * Reads a response. Values come out as JSON would have them.
 * @throws Error when it is not well-formed, no XML-RPC, nested below 400 elements, or has a document type
 */
export function decodeResponse(xml: string): XmlRpcResponse {
  const root = parse(xml);
  if (root?.tag !== 'methodResponse') throw new Error('The root is no methodResponse.');
  const { name, value } = root;
  if (name !== 'fault') {
    if (value === undefined) throw new Error('The response holds no value.');
    return { value };
  }
  const { faultCode, faultString } = (value ?? {}) as Record<string, unknown>;
  return { fault: { code: Number(faultCode), string: String(faultString) } };
}

function parse(xml: string): Element | undefined {
  const open: Element[] = [];
  let root: Element | undefined;
  const sax = createParser(true, options);
  // Entities of its own could make a small answer a huge one.
  sax.ondoctype = () => fail('It has a document type.');
  sax.onerror = (error) => {
    throw error;
  };
  sax.onopentag = ({ name }) => {
    if (open.push({ tag: name, text: '', items: [] }) > maxDepth) fail('It is nested too deep.');
  };
  sax.ontext = sax.oncdata = (text) => {
    const element = open.at(-1);
    if (element) element.text += text;
  };
  sax.onclosetag = () => {
    const element = open.pop();
    const parent = open.at(-1);
    if (element && parent) close(element, parent);
    else root = element;
  };
  sax.write(xml).close();
  return root;
}

/** Passes the content of a closed element to the one around it. */
function close({ tag, text, name, value, items }: Element, parent: Element): void {
  const scalar = scalars[tag];
  if (scalar) parent.value = scalar(text);
  else if (tag === 'name') parent.name = text;
  else if (tag === 'member') parent.items.push([name ?? '', value]);
  else if (tag === 'struct') parent.value = Object.fromEntries(items as [string, unknown][]);
  else if (tag === 'array') parent.value = value ?? [];
  else if (tag === 'data') parent.value = items;
  else if (tag !== 'value') handUp({ tag, value }, parent);
  // A value without a type is a string.
  else if (parent.tag === 'data') parent.items.push(value === undefined ? text : value);
  else parent.value = value === undefined ? text : value;
}

function handUp({ tag, value }: Pick<Element, 'tag' | 'value'>, parent: Element): void {
  if (!['param', 'params', 'fault'].includes(tag)) fail(`It has an element "${tag}".`);
  parent.value = value;
  parent.name = tag;
}

function integer(text: string): number {
  const value = Number(text);
  return Number.isInteger(value) ? value : fail(`"${text.slice(0, 40)}" is no integer.`);
}

function fail(message: string): never {
  throw new Error(message);
}
