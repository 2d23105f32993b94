import { isWellFormed } from './text.ts';
import type { Violation } from './violations.ts';

/**
 * Parts of a JSON value that no schema sees or no database keeps: a key `__proto__`, which libraries drop in silence, and text that is no
 * text.
 */
export const unstorable = (value: unknown, path = ''): Violation[] => {
  if (typeof value === 'string') {
    return isWellFormed(value) ? [] : [{ field: path, code: 'INVALID', message: 'must not contain NUL or unpaired surrogates' }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const field = path ? `${path}.${key}` : key;
    if (path && key === '__proto__') return [{ field, code: 'UNKNOWN_FIELD' as const, message: 'is not a known field' }];
    return isWellFormed(key) ? unstorable(item, field) : [{ field: path, code: 'INVALID' as const, message: 'must not contain NUL or unpaired surrogates in a key' }];
  });
};
