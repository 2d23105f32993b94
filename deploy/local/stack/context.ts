import type { Progress } from '../progress.ts';
import type { Toolchain } from '../toolchain/toolchain.ts';
import type { ToolKey } from '../toolchain/tools.ts';
import type { Ports } from './ports.ts';
import type { Secrets } from './secrets.ts';
import type { Supervisor } from './supervisor.ts';

/** What every part of the stack is started with. */
export interface StackContext {
  /** Absolute path; fresh at every start apart from the records that find orphans. */
  readonly dataDir: string;
  readonly ports: Ports;
  readonly secrets: Secrets;
  readonly tools: Toolchain<ToolKey>;
  readonly supervisor: Supervisor;
  readonly progress: Progress;
}
