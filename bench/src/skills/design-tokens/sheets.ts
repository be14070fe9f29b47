/** A public style sheet: a package of npm and the files of it that a page would load, in their order. */
export interface PublicSheet {
  name: string;
  package: string;
  version: string;
  files: string[];
  /** What a page writes on its root element to choose a theme of the sheet. */
  root?: string;
}

/** The style sheets of design systems that many pages load. Each goes whole through the skill. */
export const publicSheets: PublicSheet[] = [
  { name: 'Bootstrap', package: 'bootstrap', version: '5.3.9', files: ['dist/css/bootstrap.css'] },
  {
    name: 'Primer',
    package: '@primer/primitives',
    version: '11.10.0',
    files: ['primitives', 'functional/themes/light', 'functional/themes/dark'].map(
      (name) => `dist/css/${name}.css`,
    ),
    root: 'data-color-mode="light" data-light-theme="light"',
  },
  { name: 'Open Props', package: 'open-props', version: '1.7.23', files: ['open-props.min.css'] },
  { name: 'Tailwind 3', package: 'tailwindcss3', version: '3.4.19', files: [] },
  { name: 'Tailwind 4', package: 'tailwindcss', version: '4.3.5', files: ['theme.css'] },
  { name: 'Bulma', package: 'bulma', version: '1.0.4', files: ['css/bulma.css'] },
  {
    name: 'Spectrum',
    package: '@spectrum-css/tokens',
    version: '16.0.2',
    files: ['dist/css/index.css'],
    root: 'class="spectrum--dark"',
  },
  { name: 'Carbon', package: '@carbon/styles', version: '1.116.0', files: ['css/styles.css'] },
  { name: 'Material', package: '@material/web', version: '2.5.0', files: ['labs/gb/styles/m3.css'] },
  {
    name: 'Radix Colors',
    package: '@radix-ui/colors',
    version: '3.0.0',
    files: ['blue', 'blue-dark', 'gray', 'gray-dark', 'gray-alpha', 'red', 'red-dark'].map(
      (name) => `${name}.css`,
    ),
  },
  { name: 'Radix Themes', package: '@radix-ui/themes', version: '3.3.0', files: ['tokens.css'] },
  { name: 'daisyUI', package: 'daisyui', version: '5.8.1', files: ['daisyui.css'] },
  {
    name: 'Shoelace',
    package: '@shoelace-style/shoelace',
    version: '2.20.1',
    files: ['dist/themes/light.css', 'dist/themes/dark.css'],
  },
  { name: 'Pico', package: '@picocss/pico', version: '2.1.1', files: ['css/pico.css'] },
  {
    name: 'Web Awesome',
    package: '@awesome.me/webawesome',
    version: '3.14.0',
    files: ['dist/styles/themes/default.css'],
  },
  { name: 'Mantine', package: '@mantine/core', version: '9.8.1', files: ['styles.css'] },
  { name: 'Ionic', package: '@ionic/core', version: '9.0.5', files: ['css/ionic.bundle.css'] },
  { name: 'Water.css', package: 'water.css', version: '2.1.1', files: ['out/water.css'] },
  { name: 'Sakura', package: 'sakura.css', version: '1.5.1', files: ['css/sakura.css'] },
];

/** What reads design tokens, and the rival that makes them from CSS. */
export const tools = {
  terrazzo: '@terrazzo/parser@2.7.1',
  styleDictionary4: 'style-dictionary@4.4.0',
  styleDictionary5: 'style-dictionary5@npm:style-dictionary@5.5.5',
  rival: '@projectwallace/css-design-tokens@0.10.0',
};
