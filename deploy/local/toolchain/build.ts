import { copyFileSync, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectFolder } from '../project-folder.ts';
import type { ToolCache } from './cache.ts';
import { goEnvironment } from './go.ts';
import type { Tool } from './tool.ts';
import { goLinkerFlags } from './tools.ts';

const project = (name: string) => join(projectFolder, 'deploy/local/tools', name);

/** Tools that one command makes together. */
export interface BuildJob {
  readonly title: string;
  readonly tools: readonly Tool[];
  run(): Promise<void>;
}

/** Groups tools into as few builds as there are projects, each of which adds its tools to the cache. */
export function planBuilds(tools: readonly Tool[], cache: ToolCache): BuildJob[] {
  const groups = new Map<string, Tool[]>();
  for (const tool of tools) {
    const source = tool.build.kind === 'go' ? tool.build.module : tool.build.project;
    groups.set(source, [...(groups.get(source) ?? []), tool]);
  }
  return [...groups.values()].map((group) => {
    const names = group.map((tool) => tool.name).join(', ');
    const { build } = group[0] as Tool;
    if (build.kind === 'go') return { title: `go build ${names}`, tools: group, run: () => goBuild(build.module, group, cache) };
    const command = { maven: mavenCopy, npm: npmInstall }[build.kind];
    return { title: `${build.kind} ${names}`, tools: group, run: () => addAll(group, cache, (folder) => command(build.project, folder)) };
  });
}

async function addAll(tools: readonly Tool[], cache: ToolCache, fill: (folder: string) => Promise<void>): Promise<void> {
  for (const tool of tools) await cache.add(tool, fill);
}

/**
 * Builds packages of one pinned module. The compiler's cache (some gigabytes) lies in our own folder: it is kept when the build
 * is interrupted, so that the next one goes on from there, and removed by {@link removeBuildCache} when all is built.
 */
async function goBuild(module: string, tools: readonly Tool[], cache: ToolCache): Promise<void> {
  const output = cache.draft(`go-${module}`);
  try {
    const packages = tools.flatMap(({ build }) => (build.kind === 'go' ? [build] : []));
    const flags = ['-s', '-w', ...(goLinkerFlags[module] ?? [])].join(' ');
    await run('go', ['build', '-mod=readonly', '-trimpath', '-ldflags', flags, '-o', `${output}/`, ...packages.map((build) => build.package)], {
      cwd: project(module),
      env: { ...(await goEnvironment()), GOCACHE: buildCache(cache), GOFLAGS: '', GOWORK: 'off', CGO_ENABLED: '0' },
    });
    for (const tool of tools) {
      const { build } = tool;
      if (build.kind === 'go') await cache.add(tool, (folder) => rename(join(output, build.output), join(folder, tool.entryPoint)));
    }
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

const buildCache = (cache: ToolCache) => join(cache.folder, 'go-build');

export function removeBuildCache(cache: ToolCache): void {
  rmSync(buildCache(cache), { recursive: true, force: true });
}

async function mavenCopy(name: string, folder: string): Promise<void> {
  await run('mvn', [
    '--quiet', '--batch-mode', '--file', join(project(name), 'pom.xml'),
    'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${join(folder, 'libs')}`,
  ]);
}

async function npmInstall(name: string, folder: string): Promise<void> {
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(project(name), file), join(folder, file));
  await run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
}

/** Runs a build command; its output is shown only when it fails, cut to the end, where the cause stands. */
async function run(command: string, parameters: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<void> {
  const result = await execa(command, parameters, { ...options, all: true, reject: false, stdin: 'ignore', detached: false });
  if (!result.failed) return;
  const output = result.all?.trim().split('\n').slice(-8).join('\n      ');
  throw new Error(output || result.shortMessage);
}
