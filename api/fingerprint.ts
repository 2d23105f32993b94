import { createHash } from 'node:crypto';
import type { Request } from 'express';

/** Identifies a request by method, path and content. The order of a body's members does not count. */
export const fingerprintOf = ({ method, originalUrl, body }: Pick<Request, 'method' | 'originalUrl' | 'body'>): string =>
  createHash('sha256').update(canonical([method, originalUrl, (body as unknown) ?? null])).digest('hex');

const canonical = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join()}}`;
};
