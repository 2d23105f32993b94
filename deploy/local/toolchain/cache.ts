import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Tool } from './tool.ts';

/** Name of this machine in the words of the Go world, which all publishers here use. */
export const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;

/** Folder of everything fetched or built, outside the clone: `$XDG_CACHE_HOME`, else `~/.cache`. */
export const defaultCacheFolder = (environment: NodeJS.ProcessEnv = process.env): string =>
  join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'matih-tenant-service');

/**
 * Tools by name, version and platform. An entry appears by one rename, complete or not at all;
 * what an interrupted process left is in `drafts` and removed by the next one that holds the lock.
 */
export class ToolCache {
  readonly folder: string;
  constructor(folder: string) {
    this.folder = folder;
  }

  /** Where the tool's entry point is, or undefined when it is not cached. */
  find(tool: Tool): string | undefined {
    const path = join(this.entry(tool), tool.entryPoint);
    return existsSync(path) ? path : undefined;
  }

  /** Adds an entry that `fill` makes in an empty folder; nothing remains when it throws. */
  async add(tool: Tool, fill: (folder: string) => Promise<void>): Promise<string> {
    const draft = this.draft(tool.name);
    try {
      await fill(draft);
      if (!existsSync(join(draft, tool.entryPoint))) throw new Error(`${tool.entryPoint} is not in it`);
      const entry = this.entry(tool);
      mkdirSync(join(entry, '..'), { recursive: true });
      rmSync(entry, { recursive: true, force: true });
      renameSync(draft, entry);
      return join(entry, tool.entryPoint);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  }

  /** An empty folder on the cache's own file system, for the caller to fill and remove. */
  draft(name: string): string {
    mkdirSync(this.drafts, { recursive: true });
    return mkdtempSync(join(this.drafts, `${name}-`));
  }

  /** Removes what interrupted processes left. Only for the holder of the lock. */
  removeDrafts(): void {
    if (!existsSync(this.drafts)) return;
    for (const name of readdirSync(this.drafts)) rmSync(join(this.drafts, name), { recursive: true, force: true });
  }

  get lock(): string {
    return join(this.folder, 'lock');
  }

  private get drafts(): string {
    return join(this.folder, 'drafts');
  }

  private entry(tool: Tool): string {
    return join(this.folder, tool.name, tool.version, platform);
  }
}
