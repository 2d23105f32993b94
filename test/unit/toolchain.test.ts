import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProgress } from '../../deploy/local/progress.ts';
import type { BuildJob } from '../../deploy/local/toolchain/build.ts';
import { ToolCache } from '../../deploy/local/toolchain/cache.ts';
import { parseChecksum } from '../../deploy/local/toolchain/checksum.ts';
import type { Release, Tool } from '../../deploy/local/toolchain/tool.ts';
import { provideTools, type ToolchainOptions } from '../../deploy/local/toolchain/toolchain.ts';
import { FileServer } from '../support/file-server.ts';

const PROGRAM = '#!/bin/sh\necho downloaded\n';
const digest = (algorithm: string, content: Buffer) => createHash(algorithm).update(content).digest('hex');

const tool = (release?: Release): Tool => ({
  name: 'widget',
  version: '1.2.3',
  setting: 'WIDGET_BINARY',
  entryPoint: 'widget',
  ...(release ? { release } : {}),
  build: { kind: 'go', module: 'widget', package: 'example.com/widget', output: 'widget' },
});

/** A release as a publisher serves it: an archive with the program in a folder, and a checksum file beside it. */
const archived: Release = {
  url: 'https://publisher.example/v1.2.3/widget.tar.gz',
  member: 'widget-1.2.3/widget',
  checksum: { url: 'https://publisher.example/v1.2.3/SHA256SUMS' },
};
const bare: Release = { url: 'https://publisher.example/v1.2.3/widget' };

describe('the toolchain', () => {
  let folder: string;
  let publisher: FileServer;
  let archive: Buffer;
  let lines: string[];
  let built: string[];

  before(() => {
    const source = mkdtempSync(join(tmpdir(), 'release-'));
    mkdirSync(join(source, 'widget-1.2.3'));
    writeFileSync(join(source, 'widget-1.2.3', 'widget'), PROGRAM, { mode: 0o755 });
    archive = execFileSync('tar', ['-czf', '-', '-C', source, 'widget-1.2.3']);
    rmSync(source, { recursive: true });
  });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tool-cache-'));
    publisher = await FileServer.start();
    publisher.files.set('publisher.example/v1.2.3/widget.tar.gz', archive);
    publisher.files.set('publisher.example/v1.2.3/SHA256SUMS', Buffer.from(`${'0'.repeat(64)}  other.tar.gz\n${digest('sha256', archive)}  widget.tar.gz\n`));
    publisher.files.set('publisher.example/v1.2.3/widget', Buffer.from(PROGRAM));
    lines = [];
    built = [];
  });

  afterEach(async () => {
    await publisher.stop();
    rmSync(folder, { recursive: true });
  });

  /** Stands for the compiler: puts a file into the cache, or fails. */
  const builds = (outcome: 'succeed' | 'fail'): ToolchainOptions['builds'] => (tools, cache): BuildJob[] =>
    tools.length === 0 ? [] : [{
      title: 'build widget',
      tools,
      run: async () => {
        built.push(...tools.map(({ name }) => name));
        if (outcome === 'fail') throw new Error('go: command not found');
        for (const each of tools) await cache.add(each, async (draft) => writeFileSync(join(draft, each.entryPoint), 'built'));
      },
    }];

  const provide = (wanted: Tool, { environment = {}, build = 'succeed' }: { environment?: NodeJS.ProcessEnv; build?: 'succeed' | 'fail' } = {}) =>
    provideTools({ widget: wanted }, {
      cacheFolder: folder,
      environment: { TOOLS_MIRROR: publisher.url, ...environment },
      progress: createProgress((line) => lines.push(line)),
      builds: builds(build)!,
    });

  /** Everything in the cache folder besides the lock's own marker. */
  const leftovers = () => readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('/lock'))
    .map((entry) => entry.name);

  it('downloads a release, checks it and leaves an executable program', async () => {
    const { widget } = await provide(tool(archived));
    assert.equal(execFileSync(widget, { encoding: 'utf8' }), 'downloaded\n');
    assert.deepEqual(built, []);
    assert.deepEqual(leftovers(), ['widget']);
  });

  it('downloads a program that is no archive', async () => {
    const { widget } = await provide(tool(bare));
    assert.ok(statSync(widget).mode & 0o100);
    assert.equal(readFileSync(widget, 'utf8'), PROGRAM);
  });

  it('refuses a download that differs from its checksum, leaves nothing of it and builds instead', async () => {
    publisher.files.set('publisher.example/v1.2.3/SHA256SUMS', Buffer.from(`${'0'.repeat(64)}  widget.tar.gz\n`));
    const { widget } = await provide(tool(archived));
    assert.equal(readFileSync(widget, 'utf8'), 'built');
    rmSync(join(folder, 'widget'), { recursive: true });
    await assert.rejects(provide(tool(archived), { build: 'fail' }), new RegExp(`was refused: its sha256 is ${digest('sha256', archive)}, the publisher says 0{64}`));
    assert.deepEqual(leftovers(), []);
  });

  it('refuses a download whose checksum file is missing or speaks of other files', async () => {
    for (const sums of [undefined, `${digest('sha256', archive)}  other.tar.gz\n`]) {
      publisher.files.delete('publisher.example/v1.2.3/SHA256SUMS');
      if (sums) publisher.files.set('publisher.example/v1.2.3/SHA256SUMS', Buffer.from(sums));
      await assert.rejects(provide(tool(archived), { build: 'fail' }), sums ? /names no digest of widget.tar.gz/ : /SHA256SUMS answered 404/);
      assert.deepEqual(leftovers(), []);
    }
  });

  it('leaves nothing of a download that breaks off', async () => {
    publisher.files.set('publisher.example/v1.2.3/widget', (request, response) => {
      response.writeHead(200, { 'content-length': PROGRAM.length });
      if (request.method === 'HEAD') return void response.end();
      response.write(PROGRAM.slice(0, 5), () => response.destroy());
    });
    await assert.rejects(provide(tool(bare), { build: 'fail' }), /download:/);
    assert.deepEqual(leftovers(), []);
  });

  it('removes what a killed process left half-made', async () => {
    mkdirSync(join(folder, 'drafts', 'widget-abc'), { recursive: true });
    writeFileSync(join(folder, 'drafts', 'widget-abc', 'widget.tar.gz.part'), 'half');
    await provide(tool(archived));
    assert.deepEqual(leftovers(), ['widget']);
  });

  it('records the digest where the publisher serves no checksum, says so, and refuses another one later', async () => {
    await provide(tool(bare));
    assert.match(lines.join('\n'), new RegExp(`no checksum; recorded sha256 ${digest('sha256', Buffer.from(PROGRAM))}`));
    rmSync(join(folder, 'widget'), { recursive: true });
    publisher.files.set('publisher.example/v1.2.3/widget', Buffer.from('something else'));
    await assert.rejects(provide(tool(bare), { build: 'fail' }), /at the first download it was/);
  });

  it('asks nobody for what is in the cache', async () => {
    const first = await provide(tool(archived));
    publisher.requests.length = 0;
    assert.deepEqual(await provide(tool(archived)), first);
    assert.deepEqual(publisher.requests, []);
  });

  it('prefers the setting to the cache, the cache to a download, a download to a build', async () => {
    const own = join(folder, 'my-widget');
    writeFileSync(own, '');
    await new ToolCache(folder).add(tool(bare), async (draft) => writeFileSync(join(draft, 'widget'), 'cached'));
    assert.equal((await provide(tool(bare), { environment: { WIDGET_BINARY: own } })).widget, own);
    assert.equal(readFileSync((await provide(tool(bare))).widget, 'utf8'), 'cached');
    assert.deepEqual(publisher.requests, []);
    rmSync(join(folder, 'widget'), { recursive: true });
    assert.equal(readFileSync((await provide(tool(bare))).widget, 'utf8'), PROGRAM);
    assert.deepEqual(built, []);
  });

  it('builds what nobody publishes, and what is published where nobody answers', async () => {
    assert.equal(readFileSync((await provide(tool())).widget, 'utf8'), 'built');
    rmSync(join(folder, 'widget'), { recursive: true });
    const nobody = await FileServer.start();
    const { url } = nobody;
    await nobody.stop();
    assert.equal(readFileSync((await provide(tool(archived), { environment: { TOOLS_MIRROR: url } })).widget, 'utf8'), 'built');
    assert.deepEqual(built, ['widget', 'widget']);
  });

  it('ends with one error that names every tool, reason and way out', async () => {
    const refused = provide(tool({ ...bare, url: 'https://publisher.example/v1.2.3/absent' }), { build: 'fail' });
    await assert.rejects(refused, (error: Error) => {
      for (const part of ['widget 1.2.3', 'WIDGET_BINARY', 'absent answered 404', 'go: command not found', 'TOOLS_MIRROR', 'install Go', 'XDG_CACHE_HOME']) {
        assert.ok(error.message.includes(part), `${part} is missing in: ${error.message}`);
      }
      return true;
    });
  });

  it('says at once when a setting names nothing', async () => {
    await assert.rejects(provide(tool(archived), { environment: { WIDGET_BINARY: '/nowhere/widget' } }), /WIDGET_BINARY names \/nowhere\/widget, which does not exist/);
  });

  it('fetches once for two that ask at the same time', async () => {
    const [first, second] = await Promise.all([provide(tool(archived)), provide(tool(archived))]);
    assert.deepEqual(first, second);
    assert.equal(publisher.requests.filter((path) => path.endsWith('.tar.gz')).length, 1);
    assert.ok(lines.some((line) => line.includes('waiting for it')));
  });
});

describe('a publisher\'s checksum file', () => {
  const sha256 = 'ab'.repeat(32);
  const sha512 = 'CD'.repeat(64);
  const shapes: [string, string][] = [
    ['the digest alone', sha256],
    ['a digest and a name', `${sha256}  widget.tgz\n`],
    ['many files', `${'00'.repeat(32)} *widget.tgz.asc\n${sha256} *widget.tgz\n`],
  ];
  for (const [shape, text] of shapes) {
    it(`is read as ${shape}`, () => assert.deepEqual(parseChecksum(text, 'widget.tgz'), { algorithm: 'sha256', hex: sha256 }));
  }
  it('is read as Apache groups it over several lines', () => {
    const text = `widget.tgz: ${sha512.match(/.{8}/g)!.map((group, index) => (index % 8 === 7 ? `${group}\n` : group)).join(' ')}`;
    assert.deepEqual(parseChecksum(text, 'widget.tgz'), { algorithm: 'sha512', hex: sha512.toLowerCase() });
  });
  it('is refused when it is none', () => assert.throws(() => parseChecksum('<html>Not found</html>', 'widget.tgz'), /names no digest/));
});
