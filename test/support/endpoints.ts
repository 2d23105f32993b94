import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Endpoints } from '../../deploy/local/stack/endpoints.ts';

/** Environment variable that names the endpoints file of the stack the tests share. */
export const ENDPOINTS_VARIABLE = 'MATIH_TEST_ENDPOINTS';

const file = (): string => {
  const path = process.env[ENDPOINTS_VARIABLE];
  if (!path) throw new Error('this test needs the stack: run it through `npm test`, or name the endpoints.json of a running one in MATIH_TEST_ENDPOINTS');
  return path;
};

/** Where everything of the shared stack is. */
export const endpoints = (): Endpoints => JSON.parse(readFileSync(file(), 'utf8')) as Endpoints;

/** Settings of worker and API processes that belong to the shared stack. */
export const serviceEnvironment = (): Record<string, string> =>
  JSON.parse(readFileSync(join(endpoints().dataDir, 'environment.json'), 'utf8')) as Record<string, string>;
