import { existsSync, statfsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { goProblem } from './toolchain/go.ts';
import type { Tool } from './toolchain/tool.ts';

const NODE = [20, 20] as const;
const JAVA = 17;
/** All parts together take 2 GB; the rest is for the service, its tests and the system. 4 GB machines report a little less. */
const MEMORY_BYTES = 3.5 * 2 ** 30;
/** Modules and compiler cache of the Go builds; and what the tools themselves take. */
const BUILD_DISK_GB = 15;
const TOOLS_DISK_GB = 2;

/** What a start is about to do, as far as it asks something of the machine. */
export interface Demand {
  /** Tools that are in neither a setting nor the cache. */
  readonly missing: readonly Tool[];
  /** Those of them that no publisher can be reached for. */
  readonly toBuild: readonly Tool[];
  readonly cacheFolder: string;
  readonly kafka: boolean;
  /** Taken fixed ports, as `takenPorts` words them. */
  readonly takenPorts: readonly string[];
}

/**
 * Looks at the machine before anything long begins.
 * @throws one error that names everything it lacks
 */
export async function preflight(demand: Demand): Promise<void> {
  const go = demand.toBuild.some(({ build }) => build.kind === 'go');
  const maven = demand.toBuild.some(({ build }) => build.kind === 'maven');
  const problems = [
    nodeProblem(),
    demand.kafka ? await javaProblem() : undefined,
    go ? await goProblem() : undefined,
    maven ? await mavenProblem() : undefined,
    demand.missing.length > 0 ? diskProblem(demand.cacheFolder, go ? BUILD_DISK_GB : TOOLS_DISK_GB) : undefined,
    totalmem() < MEMORY_BYTES ? `4 GB of memory (there are ${(totalmem() / 2 ** 30).toFixed(1)} GB)` : undefined,
    ...demand.takenPorts,
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new Error(['The local stack cannot start. It needs:', ...problems.map((problem) => `  - ${problem}`)].join('\n'));
}

function nodeProblem(): string | undefined {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > NODE[0] || (major === NODE[0] && minor >= NODE[1]) ? undefined : `Node.js ${NODE.join('.')} or newer (this is ${process.versions.node})`;
}

async function javaProblem(): Promise<string | undefined> {
  const { stderr } = await execa('java', ['-version'], { reject: false });
  const major = Number(/version "(\d+)/.exec(stderr ?? '')?.[1] ?? 0);
  if (major >= JAVA) return undefined;
  return `Java ${JAVA} or newer on the PATH for Kafka${major ? ` (found ${major})` : ''}; KAFKA=off starts without it, and lifecycle events then wait`;
}

async function mavenProblem(): Promise<string | undefined> {
  const { failed } = await execa('mvn', ['--version'], { reject: false });
  return failed ? 'Maven on the PATH, to fetch the jars of Kafka, which cannot be downloaded; KAFKA=off starts without it' : undefined;
}

function diskProblem(folder: string, gigabytes: number): string | undefined {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  const free = (bavail * bsize) / 2 ** 30;
  return free < gigabytes ? `${gigabytes} GB of disk for tools in ${folder} (${free.toFixed(1)} GB are free; XDG_CACHE_HOME moves it)` : undefined;
}
