import type { Command } from 'commander';
import { CairnClient, type ReportedOutcome, type SubmissionReport } from '#libs/client';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { writePrivately } from '../output/write-privately.js';
import { Printer } from '../output/printer.js';
import { counted, number, time } from '../output/text.js';

interface SubmissionOptions extends GlobalOptions {
  readonly all?: boolean;
  readonly evidence?: string;
}

/** `cairn submission` */
export function addSubmissionCommand(program: Command, { io, http }: CliContext): void {
  program
    .command('submission')
    .summary('see what became of a submission')
    .description(
      'Shows how far a submission has come, what became of its entries, and whether the hub kept its promise. Its place in ' +
        'the log is proved under the pinned policy; the proof is kept beside the batch.',
    )
    .argument('<jti>', 'identity of the submission, as submit printed it')
    .option('--all', 'list every entry, not only those that were held, rejected or without effect')
    .option('--evidence <file>', 'write what shows that the promise is overdue; check it with audit check')
    .action(async (jti: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<SubmissionOptions>();
      const cairn = await CairnClient.open({ home: options.home, http });
      const printer = new Printer(io, options.json ?? false);
      if (options.evidence !== undefined) {
        await writePrivately(options.evidence, await cairn.promiseEvidence(jti));
        const text = `OVERDUE: the evidence is in ${options.evidence}; check it with: cairn audit check FILE`;
        await printer.result({ jti, overdue: true, evidence: options.evidence }, [text]);
        return;
      }
      const report = await cairn.submission(jti, { all: options.all });
      await printer.result(jsonOf(report), [
        ...(report.offline ? ['the hub cannot be reached: this is what was kept'] : []),
        `${report.jti}: ${report.state.toLowerCase()}, ${counted(report.count, 'entry', 'entries')} for ${report.channel}`,
        `received ${time(report.receivedAt)}, your submission number ${number(report.counter)}`,
        promiseLine(report),
        ...proofLine(report),
        ...outcomeLines(report),
      ]);
    });
}

/** Lines that say what became of the entries; none while they are not decided. */
export function outcomeLines({ outcomes, accepted, held, rejected }: SubmissionReport): string[] {
  if (outcomes === null) return [];
  const counts = [
    [accepted, 'accepted'],
    [held, 'held'],
    [rejected, 'rejected'],
  ] as const;
  const total = counts.flatMap(([count, word]) => (count === null ? [] : [`${number(count)} ${word}`]));
  return [total.join(', '), ...outcomes.map(outcomeLine)];
}

function outcomeLine({ line, outcome, code, effect, place }: ReportedOutcome): string {
  const where = place === undefined ? `entry ${line + 1}` : `${place.source}, line ${place.line}`;
  const why = code ?? (effect === null || effect === 'effective' ? '' : `no effect: ${effect}`);
  return `  ${where}: ${outcome.toLowerCase()}${why === '' ? '' : ` (${why})`}`;
}

function promiseLine({ overdue, deadline, logIndex }: SubmissionReport): string {
  if (logIndex !== null && !overdue)
    return `in the provenance log at ${logIndex}; promised by ${time(deadline)}`;
  return overdue
    ? `OVERDUE: the hub promised to log it by ${time(deadline)}, and nothing proves that it has. Export the evidence with --evidence FILE.`
    : `promised to be in the log by ${time(deadline)}`;
}

function proofLine({ proved, path }: SubmissionReport): string[] {
  if (!proved) return [];
  return [`proved under the pinned policy${path === null ? '' : `; proof and receipt are in ${path}`}`];
}

function jsonOf(report: SubmissionReport): object {
  const { receivedAt, deadline, outcomes, ...others } = report;
  return { ...others, receivedAt: time(receivedAt), deadline: time(deadline), outcomes };
}
