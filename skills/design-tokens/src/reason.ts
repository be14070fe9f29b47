import type { CssNode } from 'css-tree';

const systemColors =
  /^(?:accentcolor|accentcolortext|activetext|buttonborder|buttonface|buttontext|canvas|canvastext|field|fieldtext|graytext|highlight|highlighttext|linktext|mark|marktext|selecteditem|selecteditemtext|visitedtext|window|windowtext)$/i;

const lengthUnit = /^(?:em|ex|ch|cap|ic|lh|rlh|rex|rch|[sld]?v(?:w|h|i|b|min|max)|cq(?:w|h|i|b|min|max))$/i;

/** Why a value is not a token, in a few words that follow its name. */
export function reasonOf(nodes: CssNode[]): string {
  const [node, ...more] = nodes;
  if (!node) return 'is empty';
  if (more.length === 0) return reasonOfOne(node);
  if (nodes.length === 3 && more[0]?.type === 'Operator' && more[0].value.trim() === '/') {
    return 'is a ratio, which the format has no type for';
  }
  const numbers = nodes.filter(
    ({ type }) => type === 'Number' || type === 'Percentage' || type === 'Dimension',
  );
  if (numbers.length === 3 && nodes.every(({ type }) => type !== 'Function' && type !== 'Identifier')) {
    return 'is three numbers, such as the channels of a colour; what uses them is the token';
  }
  return 'is a list of values, which the format has no type for';
}

function reasonOfOne(node: CssNode): string {
  switch (node.type) {
    case 'Percentage':
      return 'is a percentage, which the format has no type for';
    case 'Dimension':
      return lengthUnit.test(node.unit)
        ? `is in ${node.unit}; the format has px and rem`
        : `is in ${node.unit.slice(0, 20)}, which the format has no type for`;
    case 'Identifier':
      return reasonOfWord(node.name);
    case 'String':
      return 'is a text, which the format has no type for';
    case 'Url':
      return 'is the address of a file, which the format has no type for';
    case 'Function':
      return reasonOfFunction(node.name.toLowerCase().slice(0, 40));
    default:
      return 'is no value that the format has a type for';
  }
}

function reasonOfWord(word: string): string {
  if (/^currentcolor$/i.test(word)) return 'is the colour of the text around it';
  if (systemColors.test(word)) return 'is a system colour, which differs from machine to machine';
  return `is the keyword ${word.slice(0, 40)}, which the format has no type for`;
}

function reasonOfFunction(name: string): string {
  if (name === 'linear' || name === 'steps') return `is ${name}(): the format has Bézier curves only`;
  if (/^(?:calc|min|max|clamp|round|mod|rem)$/.test(name))
    return `is ${name}() of units that only a page can add up`;
  if (/^(?:rgb|hsl)a?$|^(?:hwb|lab|lch|oklab|oklch|color|color-mix)$/.test(name)) {
    return 'is a colour that depends on the page, or is not valid';
  }
  return `is ${name}(), which the format has no type for`;
}
