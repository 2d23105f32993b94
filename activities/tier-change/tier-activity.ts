import type { PhaseOutput } from '../../projection/interface.ts';
import type { ApplyTierInput } from '../../tenant/tier-change.ts';
import type { Step } from '../../tenant/steps.ts';
import { phaseActivity, type ActivityDependencies, type PhaseActivityOptions, type PhaseContext } from '../phase-activity.ts';

/** An activity that applies a tier, the new one as the step it is called after, or the old one as the return to it. */
export const tierActivity = <Input extends ApplyTierInput, Output extends PhaseOutput>(
  dependencies: ActivityDependencies,
  step: Step,
  body: (context: PhaseContext, input: Input) => Promise<Output>,
  options: PhaseActivityOptions<Input> = {},
) => phaseActivity<Input, Output>(dependencies, ({ returning }) => returning ? 'RETURN_TIER' : step, body, options);
