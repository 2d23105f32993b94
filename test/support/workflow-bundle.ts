import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { ENDPOINTS_VARIABLE, serviceEnvironment } from './endpoints.ts';

/** The module that the worker serves. */
export const WORKFLOWS_PATH = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));

let bundle: Promise<{ code: string }> | undefined;

/** The real workflows, bundled once a run or else once a process: bundling takes a second, everything after it milliseconds. */
export const workflowBundle = (): Promise<{ code: string }> => bundle ??= makeBundle();

const makeBundle = async (): Promise<{ code: string }> => {
  const made = process.env[ENDPOINTS_VARIABLE] && serviceEnvironment()['WORKFLOW_BUNDLE'];
  if (made) return { code: await readFile(made, 'utf8') };
  return bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH, logger: new DefaultLogger('WARN') });
};
