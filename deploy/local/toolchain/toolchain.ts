import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from '../progress.ts';
import { planBuilds, removeBuildCache, type BuildJob } from './build.ts';
import { ToolCache } from './cache.ts';
import { Downloader } from './download.ts';
import { acquireLock } from './lock.ts';
import type { Release, Tool } from './tool.ts';

export interface ToolchainOptions {
  /** Folder of fetched and built tools; see `defaultCacheFolder`. */
  readonly cacheFolder: string;
  /** Settings: the variable each tool names, and TOOLS_MIRROR. */
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: Progress;
  /** Called once before anything long with the tools to be had, and those of them whose publisher cannot be reached; throws when the machine lacks something. */
  readonly preflight?: (missing: readonly Tool[], toBuild: readonly Tool[]) => Promise<void>;
  /** How missing tools are built; replaced by tests. */
  readonly builds?: (tools: readonly Tool[], cache: ToolCache) => BuildJob[];
}

/** Where a tool is: its path, by key. */
export type Toolchain<Key extends string> = Readonly<Record<Key, string>>;

/**
 * Finds or makes every tool. For each in this order: its setting, the cache, the publisher's download, a build from pinned sources.
 * Only one process at a time fetches or builds; others wait and then find the cache filled.
 * @throws one error that names each tool that could not be had, why, and every way out
 */
export async function provideTools<Key extends string>(wanted: Record<Key, Tool>, options: ToolchainOptions): Promise<Toolchain<Key>> {
  const cache = new ToolCache(options.cacheFolder);
  const missing = () => (Object.values(wanted) as Tool[]).filter((tool) => !fromSetting(tool, options.environment) && !cache.find(tool));

  if (missing().length === 0) {
    await options.preflight?.([], []);
  } else {
    const lock = await acquireLock(cache.lock, {
      onWait: ({ pid }) => options.progress.line(`  … process ${pid} is fetching the tools; waiting for it`),
    });
    try {
      cache.removeDrafts();
      const problems = await make(missing(), cache, options);
      const failed = missing();
      if (failed.length > 0) throw new Error(everyWayOut(failed, problems));
    } finally {
      lock.release();
    }
  }
  const paths = Object.entries<Tool>(wanted).map(([key, tool]) => [key, fromSetting(tool, options.environment) ?? cache.find(tool)]);
  return Object.fromEntries(paths) as Toolchain<Key>;
}

/** Downloads all at once, then builds, one after another, what could not be downloaded. Returns why each attempt failed. */
async function make(tools: readonly Tool[], cache: ToolCache, options: ToolchainOptions): Promise<Map<Tool, string[]>> {
  const { progress, environment } = options;
  const problems = new Map<Tool, string[]>(tools.map((tool) => [tool, []]));
  const downloader = new Downloader({
    ...(environment['TOOLS_MIRROR'] ? { mirror: environment['TOOLS_MIRROR'] } : {}),
    digests: join(cache.folder, 'digests.json'),
    onUnverified: (message) => progress.line(`  ! ${message}`),
  });
  const fail = (tool: Tool, attempt: string, reason: unknown) => void problems.get(tool)?.push(`${attempt}: ${(reason as Error).message}`);
  const download = async (tool: Tool, release: Release) => {
    try {
      await progress.step(`download ${tool.name} ${tool.version}`, () =>
        cache.add(tool, (folder) => downloader.fetch(release, folder, tool.entryPoint)));
    } catch (error) {
      fail(tool, 'download', error);
    }
  };
  try {
    const reachable = new Map<Tool, Release>();
    await Promise.all(tools.map(async (tool) => {
      const { release } = tool;
      if (release) await downloader.reach(release).then(() => reachable.set(tool, release), (error: unknown) => fail(tool, 'download', error));
    }));
    await options.preflight?.(tools, tools.filter((tool) => !reachable.has(tool)));
    await Promise.all([...reachable].map(([tool, release]) => download(tool, release)));
  } finally {
    await downloader.close();
  }

  const jobs = (options.builds ?? planBuilds)(tools.filter((tool) => !cache.find(tool)), cache);
  for (const [index, job] of jobs.entries()) {
    try {
      await progress.step(`step ${index + 1} of ${jobs.length}: ${job.title}`, () => job.run());
    } catch (error) {
      for (const tool of job.tools) fail(tool, job.title, error);
    }
  }
  if (tools.every((tool) => cache.find(tool))) removeBuildCache(cache);
  return problems;
}

function fromSetting(tool: Tool, environment: NodeJS.ProcessEnv): string | undefined {
  const path = environment[tool.setting];
  if (!path) return undefined;
  if (!existsSync(path)) throw new Error(`${tool.setting} names ${path}, which does not exist`);
  return path;
}

function everyWayOut(tools: readonly Tool[], problems: Map<Tool, string[]>): string {
  const lines = tools.flatMap((tool) => [
    `  ${tool.name} ${tool.version} (or set ${tool.setting} to the path of one)`,
    ...(problems.get(tool) ?? []).map((problem) => `    - ${problem}`),
  ]);
  return [
    'These tools of the local stack could not be had:',
    ...lines,
    'Ways out, any of them:',
    '  - set the variables named above to tools you have',
    '  - allow downloads from the publishers, or set TOOLS_MIRROR to a mirror laid out as {mirror}/{host}/{path}',
    '  - install Go (and Maven for Kafka) with access to a module proxy, so that they are built from the pinned sources',
    '  - copy the cache folder of another machine of this platform (XDG_CACHE_HOME, else ~/.cache, matih-tenant-service)',
  ].join('\n');
}
