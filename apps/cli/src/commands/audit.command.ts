import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { CairnClient, checkEntryProof, checkEvidence, ClientError, PersonClient } from '#libs/client';
import { SIGNAL_TYPES } from '#libs/protocol';
import type { CliContext } from '../cli-io.js';
import { POLICY, POLICY_HELP, policyOf, type PolicyOptions } from '../input/policy-option.js';
import { entryProofJson, entryProofLines } from '../output/entry-proof-text.js';
import { anyEvidenceJson, anyEvidenceLines } from '../output/contradiction-text.js';
import { Printer } from '../output/printer.js';
import { writePrivately } from '../output/write-privately.js';
import { addAccessCommand } from './audit-access.command.js';
import { addEventsCommand } from './audit-events.command.js';
import { addEvidenceCommand } from './audit-evidence.command.js';
import { addExposureCommand } from './audit-exposure.command.js';
import { addHeadsCommand } from './audit-heads.command.js';
import { addReplayCommand } from './audit-replay.command.js';
import { addTraceCommand } from './audit-trace.command.js';

interface ProveOptions extends PolicyOptions {
  readonly channel: string;
  readonly index?: number;
  readonly staff?: boolean;
  readonly purpose?: string;
  readonly out: string;
}

/** `cairn audit`: where entries come from, whether the hub tells all, and proofs that are checked offline. */
export function addAuditCommand(program: Command, context: CliContext, exit: (code: number) => void): void {
  const group = program
    .command('audit')
    .summary('find out and prove where entries come from')
    .description(
      'Where entries come from, whether the hub tells all, and proofs that anybody can check offline.',
    );
  addTraceCommand(group, context, exit);
  addProve(group, context);
  addCheck(group, context);
  addEventsCommand(group, context);
  addReplayCommand(group, context, exit);
  addAccessCommand(group, context);
  addExposureCommand(group, context);
  addHeadsCommand(group, context, exit);
  addEvidenceCommand(group, context);
}

function addProve(group: Command, { io, http }: CliContext): void {
  group
    .command('prove')
    .summary('write the proof of an entry to a file')
    .description(
      'Fetches the proof of the latest entry about a value in a channel, or of that at a log index, verifies it under the pinned policy ' +
        'and writes it to a file. The file holds the value.',
    )
    .addArgument(group.createArgument('<type>', 'signal type').choices(SIGNAL_TYPES.map(({ name }) => name)))
    .argument('<value>', 'the value, in its canonical spelling')
    .requiredOption('--channel <channel>', 'channel that the entry is in')
    .addOption(new Option('--index <n>', 'log index of its submission').argParser(readIndex))
    .option('--staff', 'ask in the session of cairn login')
    .option('--purpose <text>', 'staff: why; needed for anonymous entries, and the hub records it')
    .option(POLICY, POLICY_HELP)
    .requiredOption('--out <file>', 'file to write')
    .action(async (type: string, value: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ProveOptions>();
      const wanted = {
        type,
        value: value.toLowerCase(),
        channel: options.channel,
        index: options.index ?? null,
        purpose: options.purpose,
      };
      const { home } = options;
      const { file, verified } =
        options.staff === true || options.purpose !== undefined
          ? await new PersonClient({ home, http }).entryProof(await policyOf(options), wanted)
          : await (await CairnClient.open({ home, http })).entryProof(wanted);
      await writePrivately(options.out, file);
      const json = { file: options.out, ...entryProofJson(verified) };
      await new Printer(io, options.json ?? false).result(json, [
        ...entryProofLines(verified),
        `written to ${options.out}`,
      ]);
    });
}

function addCheck(group: Command, { io }: CliContext): void {
  group
    .command('check')
    .summary('check a proof, offline')
    .description(
      'Checks a file that audit prove or submission --evidence wrote, or that was kept as evidence, with the pinned policy and without any network, and says what it proves and what it does ' +
        'not. Exits with 4 when it does not hold.',
    )
    .argument('<file>', 'the proof')
    .option(POLICY, POLICY_HELP)
    .action(async (path: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<PolicyOptions>();
      const hub = await policyOf(options);
      const printer = new Printer(io, options.json ?? false);
      const file = await readFile(path);
      const evidence = await checkEvidence(hub, file, path);
      if (evidence !== null) return printer.result(anyEvidenceJson(evidence), anyEvidenceLines(evidence));
      const verified = await checkEntryProof(hub, file, path);
      await printer.result(entryProofJson(verified), entryProofLines(verified));
    });
}

function readIndex(text: string): number {
  const index = Number(text);
  if (/^[0-9]{1,16}$/.test(text) && Number.isSafeInteger(index)) return index;
  throw new ClientError('OPTION_INVALID', '--index', 'must be a log index: an integer from 0');
}
