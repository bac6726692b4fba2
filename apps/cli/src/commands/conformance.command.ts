import type { Command } from 'commander';
import { CairnClient, type ConformanceResult } from '#libs/client';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { EXIT } from '../exit-codes.js';
import { Printer } from '../output/printer.js';
import { ProgressBar } from '../output/progress-bar.js';
import { time } from '../output/text.js';

/** What each step shows, for people. */
const MEANING = {
  submit: 'a signed batch was published',
  pull: 'the copy holds what the feed holds',
  tombstone: 'what was retracted has left the copy',
  reset: 'the copy was built anew after a reset',
} as const;

/** `cairn conformance` */
export function addConformanceCommand(
  program: Command,
  context: CliContext,
  exit: (code: number) => void,
): void {
  program
    .command('conformance')
    .summary('show the hub that your machine submits, pulls and forgets as it must')
    .description(
      'Goes through a conformance run in the sandbox: submits values that the hub drew, pulls them, retracts one and sees it gone, ' +
        'and builds the copy anew after a reset. Nothing of it reaches any other channel or your own stores. The hub gives rights on ' +
        'other channels only after a run that was passed, and not too long ago. A run takes some seconds; one that broke off is ' +
        'simply begun again.',
    )
    .action(async (_options: unknown, command: Command) => {
      const passed = await conformance(context, command.optsWithGlobals<GlobalOptions>());
      if (!passed) exit(EXIT.refused);
    });
}

async function conformance({ io, http }: CliContext, { home, json }: GlobalOptions): Promise<boolean> {
  const printer = new Printer(io, json ?? false);
  const cairn = await CairnClient.open({ home, http });
  const bar = new ProgressBar(io, printer.json, 'steps');
  try {
    const result = await cairn.conformance({
      onStep: ({ step, done, total }) => bar.show(done, total, step),
    });
    bar.stop();
    await printer.result(jsonOf(result), linesOf(result));
    return result.passed;
  } finally {
    bar.stop();
  }
}

function jsonOf({ steps, ...result }: ConformanceResult): object {
  return { ...result, steps: steps.map(({ at, ...step }) => ({ ...step, at: time(at) })) };
}

function linesOf({ run, passed, steps }: ConformanceResult): string[] {
  return [
    ...steps.map(
      ({ step, reason }) =>
        `  ${step}: ${reason === null ? `passed, ${MEANING[step]}` : `not passed (${reason})`}`,
    ),
    `Run ${run} ${passed ? 'passed' : 'not passed'}.`,
  ];
}
