import { defineQuery, setCurrentDetails, setHandler } from '@temporalio/workflow';
import { PROGRESS_QUERY, type StepProgress, type StepState } from '../tenant/operations.ts';
import { titleOf, type Step } from '../tenant/steps.ts';

const MARKS: Readonly<Record<StepState, string>> = { PENDING: '⬜', RUNNING: '▶️', COMPLETED: '✅', SKIPPED: '⏭️', FAILED: '❌', CANCELLED: '⏹️' };

/** States of a step that was begun and is over. */
const ENDED: ReadonlySet<StepState> = new Set(['COMPLETED', 'FAILED', 'CANCELLED']);

export const progressQuery = defineQuery<StepProgress[]>(PROGRESS_QUERY);

/** The steps of a run and how far each is: shown in the Web UI as current details and answered to the `progress` query. */
export class Checklist {
  readonly #lines = new Map<Step, StepProgress>();

  constructor(steps: readonly Step[]) {
    for (const step of steps) this.#lines.set(step, { step, title: titleOf(step), state: 'PENDING' });
    setHandler(progressQuery, () => [...this.#lines.values()]);
    this.#show();
  }

  /** Marks a step; one that was not planned (undo) is added at the end. */
  mark(step: Step, state: StepState): void {
    const line = this.#lines.get(step) ?? { step, title: titleOf(step), state };
    const now = new Date().toISOString();
    if (state === 'RUNNING') line.startedAt = now;
    if (ENDED.has(state)) line.endedAt = now;
    line.state = state;
    this.#lines.set(step, line);
    this.#show();
  }

  #show(): void {
    setCurrentDetails([...this.#lines.values()].map(lineOf).join('\n'));
  }
}

const lineOf = ({ step, title, state, startedAt, endedAt }: StepProgress): string => {
  const seconds = startedAt && endedAt ? ` (${((Date.parse(endedAt) - Date.parse(startedAt)) / 1000).toFixed(1)} s)` : '';
  return `- ${MARKS[state]} **${step}** ${title}${seconds}`;
};
