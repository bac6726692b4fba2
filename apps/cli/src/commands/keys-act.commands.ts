import { Option, type Command } from 'commander';
import { ClientError, MemberKeys } from '#libs/client';
import type { JsonObject } from '#libs/protocol';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { readThumbprint } from '../input/thumbprint-argument.js';
import { answerLines } from '../output/answer-lines.js';
import { Printer } from '../output/printer.js';
import { wholeNumber } from './applicant.commands.js';

type Given = GlobalOptions & Readonly<Record<string, string | boolean | undefined>>;

/** Acts on single keys and on JWK Sets, in the session of `cairn login`. */
export function addKeyActs(group: Command, context: CliContext): void {
  addEnds(group, context);
  addSets(group, context);
  addStaff(group, context);
}

/** Lets a command do an act and print what the hub answers. */
function act(
  command: Command,
  { io, http }: CliContext,
  work: (keys: MemberKeys, given: Given, args: readonly string[]) => Promise<JsonObject>,
): void {
  command.action(async () => {
    const given = command.optsWithGlobals<Given>();
    const keys = new MemberKeys({ home: given.home, http });
    // As parsed: thumbprints that were marked come without their mark, which the raw arguments keep.
    const args = command.processedArgs.flat() as string[];
    const answer = await work(keys, given, args);
    await new Printer(io, given.json ?? false).result(answer, answerLines(answer));
  });
}

function addEnds(group: Command, context: CliContext): void {
  const list = group
    .command('list')
    .description('list the keys of your member and where each stands')
    .argument('[member]', 'staff: name of another member');
  act(list, context, (keys, _given, [member]) => keys.list(member));
  const retire = group
    .command('retire')
    .description('let a key that has a successor end after an overlap')
    .argument('<thumbprint>', 'thumbprint of the key', readThumbprint)
    .option('--overlap-days <days>', 'days for which it still stands, 7 to 90 (default: 7)');
  act(retire, context, (keys, { overlapDays }, [key]) =>
    keys.retire(key!, overlapDays === undefined ? null : wholeNumber(String(overlapDays), '--overlap-days')),
  );
  const revoke = group
    .command('revoke')
    .summary('revoke a key, at once and for good')
    .description(
      'Revokes a key, at once and for good. For a compromised one --since says from when on others may have had it: what the hub ' +
        'received from then on is void.',
    )
    .argument('<thumbprint>', 'thumbprint of the key', readThumbprint)
    .addOption(new Option('--reason <reason>', 'why').choices(['compromised', 'lost']).makeOptionMandatory())
    .option('--since <moment>', 'earliest moment, in UTC, such as 2027-01-31T00:00Z')
    .option('--member <name>', 'approvers: a key of this member');
  act(revoke, context, (keys, { reason, since, member }, [key]) =>
    keys.revoke(key!, {
      reason: String(reason),
      since: since === undefined ? null : String(since),
      member: member === undefined ? undefined : String(member),
    }),
  );
  const withdraw = group
    .command('withdraw')
    .description('take a key back that is not registered yet')
    .argument('<thumbprint>', 'thumbprint of the key', readThumbprint)
    .option('--member <name>', 'staff: a key of this member');
  act(withdraw, context, (keys, { member }, [key]) =>
    keys.withdraw(key!, member === undefined ? undefined : String(member)),
  );
}

function addSets(group: Command, context: CliContext): void {
  const set = group
    .command('set-url')
    .summary('say where you publish your auth keys as a JWK Set')
    .description(
      'Proposes the URL under which your member publishes its auth keys as a JWK Set; an approver of the alliance must agree. From then ' +
        'on whoever controls that host speaks for your member.',
    )
    .argument('[url]', 'https URL')
    .option('--remove', 'end the set: its keys stand for your member no more, at once')
    .option('--refresh', 'ask for the set to be read soon');
  act(set, context, (keys, { remove, refresh }, [url]) => {
    const wanted = [url !== undefined, remove === true, refresh === true].filter(Boolean);
    if (wanted.length !== 1)
      throw new ClientError('OPTION_INVALID', 'set-url', 'needs one of a URL, --remove and --refresh');
    if (url !== undefined) return keys.proposeSet(url);
    return remove === true ? keys.removeSet() : keys.refreshSet();
  });
}

function addStaff(group: Command, context: CliContext): void {
  const confirm = group
    .command('confirm')
    .description('staff: confirm the fingerprint that a member told you by another way')
    .argument('<member>', 'name of the member')
    .argument('<thumbprint>', 'thumbprint of the key', readThumbprint)
    .argument('<fingerprint...>', 'as you heard it; spaces and hyphens do not count');
  act(confirm, context, (keys, _given, [member, key, ...groups]) =>
    keys.confirm(member!, key!, groups.join(' ')),
  );
  const approve = group
    .command('approve-url')
    .description('approvers: approve the URL of a JWK Set that a member proposed')
    .argument('<member>', 'name of the member')
    .argument('<url>', 'the URL, as you were shown it');
  act(approve, context, (keys, _given, [member, url]) => keys.approveSet(member!, url!));
}
