import type { Command } from 'commander';
import {
  PersonClient,
  readExposure,
  type ExposedMember,
  type ExposedPerson,
  type SignalExposure,
} from '#libs/client';
import type { CliContext, GlobalOptions } from '../cli-io.js';
import { Printer } from '../output/printer.js';
import { counted, time } from '../output/text.js';

interface ExposureOptions extends GlobalOptions {
  readonly channel: string;
}

/** `cairn audit exposure` */
export function addExposureCommand(group: Command, { io, http }: CliContext): void {
  group
    .command('exposure')
    .summary('auditors: tell who could have received a value, and when')
    .description(
      'For auditors, in the session of cairn login: tells which rounds brought, changed and removed a value, which members were served it or had a ' +
        'ticket with which they could fetch it, and which persons were shown entries about it. Says from when the access history reaches: nobody in ' +
        'the list means nothing about earlier times. Exits with 0 when the hub answered, also when nobody is in the list, and 3 when the channel ' +
        'never had an entry about the value, or the hub refuses.',
    )
    .argument('<type>', 'signal type, such as sha256')
    .argument('<value>', 'canonical value')
    .requiredOption('--channel <name>', 'the channel')
    .action(async (type: string, value: string, _options: unknown, command: Command) => {
      const { home, json, channel } = command.optsWithGlobals<ExposureOptions>();
      const person = new PersonClient({ home, http });
      const found = await readExposure((operation) => person.ask(operation), { channel, type, value });
      await new Printer(io, json ?? false).result({ channel, type, ...found }, linesOf(found));
    });
}

function linesOf({ size, horizon, changes, members, persons }: SignalExposure): string[] {
  const [earliest] = changes;
  return [
    ...changes.map(
      ({ round, op, signedAt }) => `round ${round}  ${op}, to be fetched since ${time(signedAt)}`,
    ),
    ...(earliest === undefined
      ? [`none of ${counted(size, 'round')} holds it: no member could fetch it`]
      : []),
    ...members.map(memberLine),
    ...persons.map(personLine),
    `${counted(members.length, 'row')} of members, ${counted(persons.length, 'row')} of persons`,
    horizonLine(horizon, earliest?.signedAt),
  ];
}

function horizonLine(horizon: number, since: number | undefined): string {
  const reach = `The access history is whole after ${time(horizon)}`;
  return since !== undefined && since <= horizon
    ? `${reach}: of what was served between ${time(since)} and then, some is forgotten.`
    : `${reach}: nothing about this value is forgotten.`;
}

function memberLine({ member, way, certain, firstAt, lastAt, count, windows }: ExposedMember): string {
  if (way === 'ticket') {
    const when = windows.map(({ from, to }) => `${time(from)} – ${time(to)}`).join(', ');
    return `${member}  could have fetched it by ${counted(count, 'ticket')}: ${when}`;
  }
  const how = certain ? 'was served it' : 'was served a part that may hold it';
  return `${member}  ${how}: ${way}, ${time(firstAt)} – ${time(lastAt)}, ${count}× in those hours`;
}

function personLine({ kind, person, from, end, purpose, at, until }: ExposedPerson): string {
  const what =
    until === null
      ? `was shown ${kind} of log indexes ${from}–${end! - 1}`
      : `could have fetched it by a replay until ${time(until)}`;
  return `person ${person}  ${what}: ${time(at)}, ${JSON.stringify(purpose)}`;
}
