import type { CalledFunction } from './functions.js';

/** Narrower ones cannot be seen: a share of the whole. */
const smallestShare = 0.001;
const rowHeight = 18;

/** A flame graph as one HTML file that loads nothing: wide is slow, and what is below was called by what is above. A click zooms in. */
export function flameGraph(title: string, tree: CalledFunction): string {
  const boxes: string[] = [];
  const depth = draw(tree, { left: 0, depth: 0, whole: Math.max(tree.total, 1e-9) }, boxes);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>
body { font: 12px system-ui, sans-serif; margin: 1rem; color: #222; background: #fff; }
#graph { position: relative; height: ${(depth + 1) * rowHeight}px; overflow: hidden; }
#graph button { position: absolute; height: ${rowHeight - 1}px; border: 0; border-radius: 2px; padding: 0 3px; text-align: left; font: inherit; color: #222; overflow: hidden; white-space: nowrap; cursor: pointer; }
#graph button:focus-visible { outline: 2px solid #00f; }
</style>
<h1>${escapeHtml(title)}</h1>
<p>Wide is slow; what is below was called by what is above. Click to zoom in, and on the first row to zoom out.</p>
<div id="graph">
${boxes.join('\n')}
</div>
<p id="about" aria-live="polite"></p>
<script>
const boxes = [...document.querySelectorAll('#graph button')];
const place = (from, width) => {
  for (const box of boxes) {
    const left = (box.dataset.left - from) / width;
    const size = box.dataset.width / width;
    box.hidden = left >= 1 || left + size <= 0;
    box.style.left = 100 * Math.max(0, left) + '%';
    box.style.width = 100 * (Math.min(1, left + size) - Math.max(0, left)) + '%';
  }
};
for (const box of boxes) {
  box.addEventListener('click', () => place(+box.dataset.left, +box.dataset.width));
  box.addEventListener('mouseenter', () => (document.getElementById('about').textContent = box.title));
}
place(0, 1);
</script>
</html>
`;
}

interface At {
  /** Shares of the whole. */
  left: number;
  depth: number;
  /** Milliseconds. */
  whole: number;
}

/** @returns the depth of the deepest */
function draw(node: CalledFunction, { left, depth, whole }: At, boxes: string[]): number {
  const width = node.total / whole;
  if (width < smallestShare) return depth;
  const about = `${node.name} ${node.place} ${node.total.toFixed(0)} ms (${(100 * width).toFixed(1)} %), ${node.self.toFixed(0)} ms by itself`;
  boxes.push(
    `<button type="button" data-left="${left.toFixed(6)}" data-width="${width.toFixed(6)}" title="${escapeHtml(about)}" style="top:${depth * rowHeight}px;background:${colorOf(node)}">${escapeHtml(node.name)}</button>`,
  );
  let deepest = depth;
  let next = left;
  for (const call of node.calls) {
    deepest = Math.max(deepest, draw(call, { left: next, depth: depth + 1, whole }, boxes));
    next += call.total / whole;
  }
  return deepest;
}

/** Functions of the skill, of its packages, of Node and V8. */
function colorOf({ place }: CalledFunction): string {
  if (place === '' || place.startsWith('node:')) return '#d5d8dd';
  return place.includes('node_modules') ? '#f6cf9e' : '#f2a089';
}

function escapeHtml(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => names[character] ?? character);
}
