import { execFile } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { chmod, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { EnvHttpProxyAgent, request } from 'undici';
import { digestOf, parseChecksum } from './checksum.ts';
import type { Release } from './tool.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const SILENCE_TIMEOUT_MS = 60_000;
const MAX_REDIRECTS = 5;

export interface DownloaderOptions {
  /** Base address of a mirror laid out as `{mirror}/{host}/{path}`; absent: the publishers themselves. */
  readonly mirror?: string;
  /** File that remembers the digests of downloads for which no publisher serves a checksum. */
  readonly digests: string;
  /** Told when a download could only be compared with an earlier one, or with nothing. */
  readonly onUnverified: (message: string) => void;
}

/** Fetches official releases. */
export class Downloader {
  readonly #options: DownloaderOptions;
  readonly #agent = new EnvHttpProxyAgent({
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: SILENCE_TIMEOUT_MS,
    bodyTimeout: SILENCE_TIMEOUT_MS,
  });

  constructor(options: DownloaderOptions) {
    this.#options = options;
  }

  /** Resolves when the release's host answers anything within the connection timeout. @throws otherwise */
  async reach(release: Release): Promise<void> {
    const response = await this.#request(this.#address(release.url), 'HEAD');
    await response.body.dump();
  }

  /**
   * Downloads a release into the empty `folder`, checks it and leaves there exactly `entryPoint`.
   * @throws if it cannot be fetched whole or differs from its checksum; the folder then holds nothing to be trusted
   */
  async fetch(release: Release, folder: string, entryPoint: string): Promise<void> {
    const file = basename(new URL(release.url).pathname);
    const downloaded = join(folder, `${file}.part`);
    await pipeline(await this.#get(release.url), createWriteStream(downloaded));
    await this.#verify(release, downloaded, file);
    const target = join(folder, entryPoint);
    if (release.member === undefined) {
      await rename(downloaded, target);
      await chmod(target, 0o755);
      return;
    }
    const unpacked = join(folder, 'unpacked');
    mkdirSync(unpacked);
    await promisify(execFile)('tar', ['-xzf', downloaded, '-C', unpacked, release.member]);
    await rename(join(unpacked, release.member), target);
    await Promise.all([downloaded, unpacked].map((path) => rm(path, { recursive: true })));
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #verify(release: Release, file: string, name: string): Promise<void> {
    if (release.checksum) {
      const text = await (await this.#get(release.checksum.url)).text();
      const expected = parseChecksum(text, name);
      const actual = await digestOf(file, expected.algorithm);
      if (actual !== expected.hex) throw new Error(`${name} was refused: its ${expected.algorithm} is ${actual}, the publisher says ${expected.hex}`);
      return;
    }
    const actual = await digestOf(file, 'sha256');
    const known = this.#recordedDigests();
    const earlier = known[release.url];
    if (earlier !== undefined && earlier !== actual) throw new Error(`${name} was refused: its sha256 is ${actual}, at the first download it was ${earlier}`);
    if (earlier === undefined) {
      this.#options.onUnverified(`${name}: its publisher serves no checksum; recorded sha256 ${actual} of this first download`);
      this.#record({ ...known, [release.url]: actual });
    }
  }

  #recordedDigests(): Record<string, string> {
    try {
      return JSON.parse(readFileSync(this.#options.digests, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw error;
    }
  }

  #record(digests: Record<string, string>): void {
    mkdirSync(dirname(this.#options.digests), { recursive: true });
    writeFileSync(`${this.#options.digests}.draft`, JSON.stringify(digests, null, 2));
    renameSync(`${this.#options.digests}.draft`, this.#options.digests);
  }

  async #get(address: string) {
    let url = this.#address(address);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const response = await this.#request(url, 'GET');
      if (response.statusCode === 200) return response.body;
      await response.body.dump();
      const location = response.headers['location'];
      if (response.statusCode < 300 || response.statusCode > 399 || typeof location !== 'string') {
        throw new Error(`${url.href} answered ${response.statusCode}`);
      }
      url = new URL(location, url);
    }
    throw new Error(`${address} redirects without end`);
  }

  #address(address: string): URL {
    const { mirror } = this.#options;
    return new URL(mirror ? address.replace('https://', `${mirror.replace(/\/$/, '')}/`) : address);
  }

  async #request(url: URL, method: 'GET' | 'HEAD') {
    try {
      return await request(url, { method, dispatcher: this.#agent });
    } catch (cause) {
      throw new Error(`${url.host} cannot be reached (${(cause as Error).message})`, { cause });
    }
  }
}
