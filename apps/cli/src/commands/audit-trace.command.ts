import type { Command } from 'commander';
import {
  CairnClient,
  PersonClient,
  traceSignal,
  type Trace,
  type TracedEvent,
  type TracedSignal,
  type TraceGap,
} from '#libs/client';
import type { JsonObject } from '#libs/protocol';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { EXIT } from '../exit-codes.js';
import { pinnedHub } from '../input/pinned-hub.js';
import { Printer } from '../output/printer.js';
import { counted, time } from '../output/text.js';

interface TraceOptions extends GlobalOptions {
  readonly channel: string;
  readonly staff?: boolean;
  readonly purpose?: string;
  readonly policy?: string;
}

const WORDS: Readonly<Record<TraceGap['reason'], (index: number) => string>> = {
  missing: (index) => `the submission at log index ${index} is not shown`,
  contradiction: (index) => `what is said of the submission at log index ${index} contradicts itself`,
  not_in_chain: (index) => `the submission at log index ${index} is shown, and no decision leads to it`,
  unproved: (index) =>
    `the submission at log index ${index} is not proved to be in the log; ask again when the next checkpoint is signed`,
};

/** `cairn audit trace` */
export function addTraceCommand(
  group: Command,
  { io, http }: CliContext,
  exit: (code: number) => void,
): void {
  group
    .command('trace')
    .summary('tell the history of a signal in a channel')
    .description(
      'Tells everything that concerns a signal in a channel, in log order: assertions and retractions with what was decided, revoked keys, ' +
        'recalls, expiry. Verifies that each leaf is in the log and commits to the decision shown, and follows the previous index of each ' +
        'decision back: says COMPLETE, or names the gap. Where the chain begins is the word of the hub. Exits with 0 when complete, or ' +
        'when there is no policy to verify under and no gap, 3 when the hub has nothing of that name for you, 4 when there is a gap or ' +
        'something does not hold. As a member you see the channels that you receive; staff see all, in the session of cairn login.',
    )
    .argument('<type>', 'signal type, such as sha256')
    .argument('<value>', 'canonical value')
    .requiredOption('--channel <name>', 'the channel')
    .option('--staff', 'ask in the session of cairn login')
    .option('--purpose <text>', 'staff: why; shows authors of anonymous entries, and the hub records that')
    .option('--policy <file>', 'staff: policy file to verify proofs under, unless cairn init has pinned one')
    .action(async (type: string, value: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<TraceOptions>();
      const { channel, purpose } = options;
      const trace = await ask(options, http, { channel, type, value, purpose });
      const printer = new Printer(io, options.json ?? false);
      await printer.result(jsonOf(channel, type, trace), linesOf(channel, type, trace));
      if (trace.gap !== null) exit(EXIT.verification);
    });
}

async function ask(
  { home, staff, policy, purpose }: TraceOptions,
  http: CliContext['http'],
  signal: TracedSignal,
): Promise<Trace> {
  if (staff !== true && purpose === undefined) return (await CairnClient.open({ home, http })).trace(signal);
  const person = new PersonClient({ home, http });
  return traceSignal((operation) => person.ask(operation), signal, await pinnedHub(home, policy));
}

function jsonOf(
  channel: string,
  type: string,
  { size, latest, events, gap, complete, proved }: Trace,
): object {
  return {
    ...{ channel, type, size, latest, complete, gap, proved },
    events: events.map(({ json }) => json),
  };
}

function linesOf(channel: string, type: string, trace: Trace): string[] {
  const { size, events, proved } = trace;
  const proofs =
    proved === null
      ? 'no proof was verified: name a policy file'
      : `${proved} of ${events.length} proved to be in the log`;
  return [
    `${channel}/${type}: ${counted(events.length, 'event')} in a log of ${counted(size, 'statement')}; ${proofs}`,
    ...events.map(eventLine),
    ...outcomeOf(trace),
  ];
}

function outcomeOf({ latest, gap, complete }: Trace): string[] {
  if (gap !== null) return [`NOT COMPLETE: ${WORDS[gap.reason](gap.index)}.`];
  if (complete === null)
    return [
      `NOT VERIFIED: the decisions lead from log index ${latest} back to the first, but no leaf is proved, so all of it is the hub's word.`,
    ];
  return [
    `COMPLETE from log index ${latest} back to the first: each decision is the one that its leaf commits to, and names the one before.`,
    `The hub's word: that nothing later was said about the value than at log index ${latest}, that each of these lines is about it ` +
      '(cairn audit prove proves one), and what is told of authors, reasons and ends beyond the leaves.',
  ];
}

function eventLine({ index, line, time: at, kind, member, json }: TracedEvent): string {
  const place = line === null ? String(index) : `${index}.${line}`;
  const what = kind.toLowerCase().replaceAll('_', ' ');
  if (kind === 'ERASURE')
    return `${place}  ${time(at)}  ${what} (${String(json['reason']).replaceAll('_', ' ')}): of ${ended(json)}`;
  if (line === null)
    return `${place}  ${time(at)}  ${what}${member === null ? '' : ` (${member})`}: ends ${ended(json)}`;
  const prev = json['prev'] === null ? 'the first' : `after ${String(json['prev'])}`;
  if (kind === 'ERASED')
    return `${place}  ${time(at)}  erased at ${String(json['endedBy'])}: decided ${String(json['verdict']).toLowerCase()}, ${prev}`;
  const parts = [
    String(json['verdict']).toLowerCase() + (json['code'] === null ? '' : ` (${String(json['code'])})`),
    authorOf(json),
    ...(json['reason'] === null ? [] : [`reason ${String(json['reason'])}`]),
    ...(json['expires'] === null ? [] : [`expires ${String(json['expires'])}`]),
    ...(json['effect'] === null || json['effect'] === 'effective'
      ? []
      : [`no effect: ${String(json['effect'])}`]),
    ...(json['endedAs'] === null ? [] : [endOf(json)]),
    prev,
  ];
  return `${place}  ${time(at)}  ${what}: ${parts.join(', ')}`;
}

function authorOf({ author, named }: JsonObject): string {
  if (author === null) return 'anonymous';
  const { member, key, keyStanding, own } = author as JsonObject;
  const how = `${own === true ? 'you' : String(member)}${named === true ? '' : ' (anonymous)'}`;
  return `by ${how}, key ${String(key)} ${String(keyStanding).toLowerCase().replaceAll('_', ' ')} then`;
}

function endOf({ endedAs, endedBy }: JsonObject): string {
  const how = String(endedAs).toLowerCase().replaceAll('_', ' ');
  return endedBy === null ? how : `void by ${how} at ${String(endedBy)}`;
}

function ended({ ended: places }: JsonObject): string {
  return (places as JsonObject[]).map(({ index, line }) => `${String(index)}.${String(line)}`).join(', ');
}
