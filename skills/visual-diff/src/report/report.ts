import type { Comparison } from '../schema.js';

/** Images in base64, and what has become of them. */
export interface Reported {
  title: string;
  before: string;
  after: string;
  comparison: Comparison;
}

/**
 * A page for people with the two images under a slider, the picture of the difference and the list of regions. It is one
 * file that loads nothing and runs no script, so nothing in an image or a name can do anything.
 */
export function reportOf({ title, before, after, comparison }: Reported): string {
  const { width, height, pass, regions = [], diff } = comparison;
  const name = escape(title);
  const rows = regions.map(
    ({ kind, x, y, width, height, dx, dy }) =>
      `<tr><td>${kind}${dx === undefined ? '' : ` by ${dx}, ${dy ?? 0}`}</td><td>${x}, ${y}</td><td>${width} x ${height}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${name}</title>
<style>${style}</style>
</head>
<body>
<h1>${name}: ${pass ? 'passed' : 'changed'}</h1>
<p>${comparison.changed_pixels} pixels of ${width} x ${height} have changed, in ${regions.length} regions. Drag the upper right corner of the first image.</p>
<div class="slider" style="aspect-ratio: ${width} / ${height}; max-width: ${width}px">
${image('after', after)}
<div class="top">${image('before', before)}</div>
</div>
<h2>Difference</h2>
${image('difference', diff)}
<table><tr><th>Kind</th><th>Place</th><th>Size</th></tr>${rows.join('')}</table>
</body>
</html>
`;
}

/** A browser draws the corner that resizes at the bottom, which is far down on a tall page: mirrored, it is at the top. */
const style = `body{font:14px/1.5 sans-serif;margin:24px}img{max-width:100%;display:block}
.slider{position:relative;container-type:inline-size;overflow:hidden;border:1px solid #999}.slider img{width:100cqw;max-width:none}
.slider>img{position:absolute;top:0;left:0}
.top,.top img{transform:scaleY(-1)}
.top{position:relative;width:50%;min-width:16px;max-width:100%;height:100%;overflow:hidden;resize:horizontal;border-right:2px solid #c00;background:#fff}
td,th{padding:4px 12px;text-align:left;border-bottom:1px solid #ccc}`;

/** How the bytes of other images than PNGs begin in base64; an AVIF with the length of its first box, then ftyp. */
const starts = [
  ['jpeg', /^\/9j\//],
  ['webp', /^UklGR/],
  ['avif', /^AAAA.{1,2}Z0eXB/],
] as const;

/** The bytes say what an image is, and nothing but base64 is written, whatever the caller sent. */
function image(name: string, base64: string): string {
  const bytes = base64.replace(/^data:[^,]*,/, '').replace(/[^A-Za-z0-9+/=]/g, '');
  const [type = 'png'] = starts.find(([, start]) => start.test(bytes)) ?? [];
  return `<img alt="${name}" src="data:image/${type};base64,${bytes}">`;
}

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character] ?? '');
}
