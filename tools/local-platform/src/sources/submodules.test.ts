import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { mapRepository } from './repositories.js';
import { service, TestRepository, TestSources } from './repository.test.helper.js';

const show = service({ environment_slug: 'html', run_command: 'cat theme/layout.txt theme/parts/part.txt' });

/** A repository whose submodule has a submodule. */
async function nested(): Promise<{ site: TestRepository; theme: TestRepository }> {
  const parts = await TestRepository.create({ 'part.txt': 'a part' });
  const theme = await TestRepository.create({ 'layout.txt': 'a layout' });
  await theme.addSubmodule(parts.origin, 'parts');
  const site = await TestRepository.create({ 'index.html': '' });
  await site.addSubmodule(theme.origin, 'theme');
  return { site, theme };
}

describe('a repository with submodules', () => {
  it('is built with their files, at the commits that it names, from mapped repositories too', async () => {
    const { site, theme } = await nested();
    await theme.push({ 'layout.txt': 'a later layout' });
    const modules = '[submodule "theme"]\n\tpath = theme\n\turl = https://github.com/owner/theme.git\n';
    await site.push({ '.gitmodules': modules });
    const tested = await TestSources.of(site);
    await mapRepository(tested.folder, 'owner/theme', theme.origin);
    const { folder } = await tested.unpack(await tested.build(show));
    expect(await readFile(`${folder}/theme/layout.txt`, 'utf8')).toBe('a layout');
    expect(await readFile(`${folder}/theme/parts/part.txt`, 'utf8')).toBe('a part');
    expect(await tested.printed()).toMatch(/cloned submodule parts .*[^]*cloned submodule theme /);
  }, 30_000);

  it('says which one cannot be read', async () => {
    const { site } = await nested();
    const tested = await TestSources.of(site);
    const urlIs = (url: string) =>
      site.push({ '.gitmodules': `[submodule "theme"]\n\tpath = theme\n\turl = ${url}\n` });
    await urlIs('../nowhere.git');
    await expect(tested.build(show)).rejects.toThrow(
      /Could not read the submodule theme: .*\/nowhere\.git: /,
    );
    await urlIs('ext::sh -c true');
    await expect(tested.build(show)).rejects.toThrow(
      /submodule theme: its url in \.gitmodules is not a path/,
    );
  }, 30_000);
});

it('names git lfs where a build meets a pointer in place of a file', async () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`;
  const repository = await TestRepository.create({
    '.gitattributes': '*.png filter=lfs diff=lfs merge=lfs -text\n',
    'images/logo.png': pointer,
  });
  const tested = await TestSources.of(repository);
  await tested.build(show);
  const note = /images\/logo\.png is a pointer of Git LFS \(git lfs\), whose contents are not downloaded/;
  expect(await tested.printed()).toMatch(note);
  const failing = service({
    environment_slug: 'html',
    build_command: 'grep PNG images/logo.png',
    run_command: 'true',
  });
  await expect(tested.build(failing)).rejects.toThrow(note);
}, 30_000);
