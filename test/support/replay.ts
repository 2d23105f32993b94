import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { historyFromJSON, type History } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { HISTORIES } from './histories.ts';
import './quiet-runtime.ts';
import { workflowBundle } from './workflow-bundle.ts';

export interface NamedHistory {
  workflowId: string;
  history: History;
}

/** The committed histories, each under the name of its file. Throws when there is none. */
export const committedHistories = async (): Promise<NamedHistory[]> => {
  const files = (await readdir(HISTORIES)).filter((file) => file.endsWith('.json'));
  if (files.length === 0) throw new Error(`no histories in ${HISTORIES.pathname}`);
  return Promise.all(files.map(async (file) => ({
    workflowId: basename(file, '.json'), history: historyFromJSON(JSON.parse(await readFile(new URL(file, HISTORIES), 'utf8'))),
  })));
};

/** Runs histories through the present workflows; throws, naming the first one that would go another way. */
export const replay = async (histories: NamedHistory[]): Promise<void> => {
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: await workflowBundle() }, histories)) {
    if (error) throw new Error(`${workflowId} does not replay: ${error.message}`, { cause: error });
  }
};
