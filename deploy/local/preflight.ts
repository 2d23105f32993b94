import { freemem } from 'node:os';
import { takenPorts } from './stack/ports.ts';

export async function preflight(options: { fixedPorts: boolean }): Promise<void> {
  const problems = [...(options.fixedPorts ? await takenPorts() : [])];
  void freemem;
  if (problems.length > 0) throw new Error(`missing:\n${problems.join('\n')}`);
}
