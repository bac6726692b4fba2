import type { Command } from 'commander';
import {
  CairnClient,
  checkEvidence,
  ClientError,
  KeptEvidence,
  MemberHome,
  type AnyEvidence,
} from '#libs/client';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { readInputFile } from '../input/json-file.js';
import { POLICY, POLICY_HELP, policyOf, type PolicyOptions } from '../input/policy-option.js';
import { anyEvidenceJson, anyEvidenceLines } from '../output/contradiction-text.js';
import { Printer } from '../output/printer.js';
import { time } from '../output/text.js';

interface StoreOptions extends GlobalOptions {
  readonly store?: string;
}

const STORE = '--store <directory>';
const STORE_HELP = 'store whose feeds are meant, too; without it only the provenance log is';

/** `cairn audit evidence` */
export function addEvidenceCommand(audit: Command, context: CliContext): void {
  const group = audit
    .command('evidence')
    .summary('what is kept of a hub that contradicted itself')
    .description(
      'What is kept of a hub that contradicted itself, kept something back or broke a promise. A file can be given to anybody: it is checked offline.',
    );
  addList(group, context);
  addShow(group, context);
  addCheck(group, context);
  addAccept(group, context);
}

function addList(group: Command, { io, http }: CliContext): void {
  group
    .command('list', { isDefault: true })
    .summary('list what is kept')
    .option(STORE, STORE_HELP)
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<StoreOptions>();
      const kept = keptBy(options);
      if ((await kept.overduePromises()).length > 0) await askForProofs(options.home, http);
      const [files, promises] = [await kept.list(), await kept.overduePromises()];
      const overdue = promises.map(({ deadline, ...rest }) => ({ ...rest, deadline: time(deadline) }));
      await new Printer(io, options.json ?? false).result({ evidence: files, overduePromises: overdue }, [
        ...files.map(({ name, path, feed }) => `${name}  ${feed ?? 'provenance log'}  ${path}`),
        ...overdue.map(
          ({ jti, channel, deadline }) =>
            `overdue promise  submission ${jti} for ${channel}, by ${deadline}; export it with: cairn submission ${jti} --evidence FILE`,
        ),
        ...(files.length + overdue.length === 0 ? ['nothing is kept'] : []),
      ]);
    });
}

/** A promise of which nobody asked since may long be kept. Without a hub to ask, what is known here has to do. */
async function askForProofs(home: string | undefined, http: CliContext['http']): Promise<void> {
  try {
    await (await CairnClient.open({ home, http })).collectProofs();
  } catch (error) {
    if (!(error instanceof ClientError) || error.kind === 'verification') throw error;
  }
}

function addShow(group: Command, { io }: CliContext): void {
  group
    .command('show')
    .summary('say what a kept file proves, and what not')
    .argument('<name>', 'its name, as list prints it')
    .option(STORE, STORE_HELP)
    .option(POLICY, POLICY_HELP)
    .action(async (name: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<StoreOptions & PolicyOptions>();
      const evidence = await check(options, await keptBy(options).read(name), name);
      await new Printer(io, options.json ?? false).result(
        anyEvidenceJson(evidence),
        anyEvidenceLines(evidence),
      );
    });
}

function addCheck(group: Command, { io }: CliContext): void {
  group
    .command('check')
    .summary('check a file of evidence, offline')
    .description(
      'Checks a file of evidence with the pinned policy and without any network, and says what it proves and what it does not. Exits with 4 when it does not hold.',
    )
    .argument('<file>', 'the file')
    .option(POLICY, POLICY_HELP)
    .action(async (path: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<PolicyOptions>();
      const evidence = await check(options, await readInputFile(path), path);
      await new Printer(io, options.json ?? false).result(
        anyEvidenceJson(evidence),
        anyEvidenceLines(evidence),
      );
    });
}

function addAccept(group: Command, { io }: CliContext): void {
  group
    .command('accept')
    .summary('go on in spite of it')
    .description(
      'Says that somebody has looked into evidence and wants updating to go on in spite of it. The file stays in evidence/accepted. First send it to the alliance and to other members: a fork is never a mishap.',
    )
    .argument('<name>', 'its name, as list prints it')
    .option(STORE, STORE_HELP)
    .action(async (name: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<StoreOptions>();
      await keptBy(options).accept(name);
      const line = `${name}: accepted; the next pull goes on, unless it meets something else`;
      await new Printer(io, options.json ?? false).result({ name, accepted: true }, [line]);
    });
}

function keptBy({ home, store }: StoreOptions): KeptEvidence {
  return new KeptEvidence(new MemberHome(home), store ?? null);
}

async function check(options: PolicyOptions, file: Uint8Array, subject: string): Promise<AnyEvidence> {
  const evidence = await checkEvidence(await policyOf(options), file, subject);
  if (evidence !== null) return evidence;
  throw new ClientError('PROOF_REJECTED', subject, 'is no evidence of a known format');
}
