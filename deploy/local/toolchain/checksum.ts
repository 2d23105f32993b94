import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** A digest and how it was made. */
export interface Checksum {
  readonly algorithm: 'sha256' | 'sha512';
  readonly hex: string;
}

/**
 * Reads the digest of `fileName` out of a checksum file in any of the shapes publishers use: the digest alone,
 * `digest  file` lines for many files, or `file: DIGEST IN GROUPS` over several lines (Apache).
 * @throws if no digest of a known length stands there for that file
 */
export function parseChecksum(text: string, fileName: string): Checksum {
  const line = text.split('\n').find((candidate) => candidate.trim().split(/[\s*]+/).at(-1) === fileName);
  const candidate = line?.trim().split(/\s+/)[0] ?? text.replace(`${fileName}:`, '').replace(/\s+/g, '');
  const hex = candidate.toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hex)) return { algorithm: 'sha256', hex };
  if (/^[0-9a-f]{128}$/.test(hex)) return { algorithm: 'sha512', hex };
  throw new Error(`the publisher's checksum file names no digest of ${fileName}`);
}

/** Digest of a file's content, in hexadecimal. */
export async function digestOf(file: string, algorithm: Checksum['algorithm']): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
