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
  const names = new Map(histories.map(({ workflowId, history }) => [runId(history), workflowId]));
  const runs = histories.map(({ workflowId, history }) => ({ workflowId: ownId(history) ?? workflowId, history }));
  for await (const { runId: run, error } of Worker.runReplayHistories({ workflowBundle: await workflowBundle() }, runs)) {
    if (error) throw new Error(`${names.get(run)} does not replay: ${error.message}`, { cause: error });
  }
};

const startOf = ({ events }: History) => events?.[0]?.workflowExecutionStartedEventAttributes;

/** The workflow id that a run had; a workflow may depend on it. */
const ownId = (history: History): string | undefined => startOf(history)?.workflowId || undefined;

const runId = (history: History): string => startOf(history)?.originalExecutionRunId ?? '';
