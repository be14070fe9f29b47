// Runs in the page: paints each custom property of the root element beside the colour that the skill says.
globalThis.paintBoth = (colors) => {
  const { document, getComputedStyle } = globalThis;
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const root = document.documentElement;
  const style = getComputedStyle(root);
  root.style.setProperty('transition', 'none', 'important');
  const paint = (color) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const found = { compared: 0, elsewhere: 0, differences: [] };
  for (const [property, skill] of colors) {
    if (style.getPropertyValue(property) === '') {
      found.elsewhere += 1;
      continue;
    }
    root.style.setProperty('background-color', `var(${property})`, 'important');
    const computed = style.backgroundColor;
    const [ours, theirs] = [paint(skill), paint(computed)];
    found.compared += 1;
    if (ours.some((channel, i) => Math.abs(channel - theirs[i]) > 1)) {
      found.differences.push({ property, chromium: computed, skill });
    }
  }
  return found;
};
