import { beforeAll, describe, expect, it } from '@jest/globals';
import type { GraphQLSchema } from 'graphql';
import type { Role } from '#libs/access';
import { writePrivateJwk, type SigningKey } from '#libs/keys';
import { parseStrictJson, readRound } from '#libs/protocol';
import { decodeEntryBundle } from '#libs/tlog';
import { buildApiSchema } from '#apps/api/src/graphql/api-schema';
import { TestHub } from './api-hub.js';
import { Browser } from './people-browser.js';
import { giveRoles } from './people-hub.js';
import { found, needlesOfChannel, needlesOfLine, type Needle } from './served-needles.js';
import { entryPoints, wholeDocuments } from './served-queries.js';
import { QUESTIONS, type Subjects } from './served-questions.js';
import { ServedReader, type Asker } from './served-reader.js';
import { admit, batchOf, indexesOf, lineOf, player, publishAll, say, type Player } from './served-story.js';
import { differences, searchable, type ServedAnswer } from './served-transcript.js';

const CHANNEL = 'csam';
const MEMBER: readonly Role[] = ['member'];
const EVERYBODY: readonly Role[] = ['anonymous', 'member', 'person', 'operator'];

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = await buildApiSchema();
});

/** Asks everything that the roles may ask, by every entry point, or by those alone that a pattern names. */
async function askEverything(
  reader: ServedReader,
  roles: readonly Role[],
  about: Subjects,
  wanted = /./,
): Promise<void> {
  const documents = [...wholeDocuments(schema, roles)].filter(([coordinate]) => wanted.test(coordinate));
  for (const [coordinate, document] of documents)
    for (const [i, variables] of QUESTIONS[coordinate]!(about).entries())
      await reader.ask(`${coordinate} ${i}`, document, variables);
}

/** Fetches every static object, those of the channel with what opens it, if anything does. */
async function fetchEverything(
  reader: ServedReader,
  prefix: string,
  packs: readonly string[],
): Promise<void> {
  await reader.readLog('/log');
  for (const method of ['GET', 'HEAD']) await reader.get('/directory', { method });
  await reader.readLog(`/feed/${CHANNEL}`, prefix);
  for (const [i, digest] of [...packs, '0'.repeat(64)].entries())
    for (const method of ['GET', 'HEAD'])
      await reader.get(`/feed/${CHANNEL}/pack/${digest}`, { method, prefix, about: `pack ${i}` });
  await reader.readLog('/feed/none', prefix);
}

const TICKET = 'query ($id: ID!) { feed(id: $id) { ... on Feed { ticket { prefix } } } }';

async function prefixOf(hub: TestHub, member: Player, channel: string): Promise<string> {
  return (await hub.graphql(member, TICKET, { id: channel })).body.data.feed.ticket?.prefix as string;
}

/** Enough of what differs to see what it is. */
const shown = (all: readonly string[]): string[] => all.slice(0, 12).map((text) => text.slice(0, 300));

describe('what members are asked for here', () => {
  it('is every entry point that the table of fields opens to them, and nothing else', () => {
    expect(Object.keys(QUESTIONS).sort()).toEqual(entryPoints(EVERYBODY).sort());
  });
});

/** Different in all that a hub knows of them, but not in what the feed says of claims: assurance, which follows from accreditation. */
const AUTHORS = [
  player('amber-anchor', 'platform', 'ES256'),
  player('birch-bridge', 'ngo', 'Ed25519'),
] as const;
const RECEIVER = player('cedar-cairn');
const ANONYMOUS_VALUES = ['one', 'two', 'three', 'both', 'own'];

/** Who says what: places in AUTHORS. */
interface Casting {
  readonly first: 0 | 1;
  readonly second: 0 | 1;
  readonly third: 0 | 1;
  /** Who asserts a value that the other asserts, too, and takes it back. */
  readonly before: 0 | 1;
}

/** Enough of them that another one does not show in the bucketed number of supporters. */
const HOLDERS = ['maple', 'oak', 'pine', 'rowan'].map((name) => player(`${name}-member`));
const OUTSIDER = player('dogwood-depot');
const SILENT = player('elder-echo');
const GUESS = 'the guess';

interface World {
  /** What the receiver was served, before anybody guessed. */
  readonly received: readonly ServedAnswer[];
  /** What others were served, by who asked. */
  readonly served: ReadonlyMap<string, readonly ServedAnswer[]>;
  /** What only receivers may be served. */
  readonly secrets: readonly Needle[];
  readonly keys: readonly SigningKey[];
  /** Lines of the log of the API. */
  readonly log: string;
}

/** Everybody is told two stories: of anonymous authors, and of a value that is known to many in a channel. */
const WORLDS: readonly [Casting, string][] = [
  [{ first: 0, second: 0, third: 1, before: 0 }, GUESS],
  [{ first: 0, second: 0, third: 1, before: 0 }, GUESS],
  [{ first: 1, second: 0, third: 0, before: 1 }, 'another value'],
];
const worlds: World[] = [];
beforeAll(async () => {
  for (const [casting, known] of WORLDS) worlds.push(await worldOf(casting, known));
}, 300_000);

async function worldOf(casting: Casting, known: string): Promise<World> {
  const hub = await foundWorld();
  const received = await receive(hub, await tell(hub, casting));
  const lines = HOLDERS.map((_, i) => lineOf('assert', known, `k${i}`));
  for (const [i, holder] of HOLDERS.entries()) await say(hub, holder, CHANNEL, [lines[i]!]);
  const secrets = [...lines.flatMap(needlesOfLine), ...(await needlesOfChannel(hub, CHANNEL))];
  const served = await guessAll(hub);
  await hub.close();
  const keys = [hub.promiseKey, hub.tokenKey, OUTSIDER.auth, OUTSIDER.signing, SILENT.auth, SILENT.signing];
  return { received, served, secrets, keys, log: hub.log.join('\n') };
}

async function foundWorld(): Promise<TestHub> {
  const hub = await TestHub.start();
  for (const channel of [CHANNEL, 'tvec']) await hub.createChannel(channel);
  for (const one of [...AUTHORS, RECEIVER, ...HOLDERS, OUTSIDER, SILENT]) await admit(hub, one);
  await hub.settle();
  const both = { submit: true, receive: true };
  for (const member of [...AUTHORS, RECEIVER, ...HOLDERS]) await hub.allow(member, CHANNEL, both);
  for (const member of [...AUTHORS, OUTSIDER]) await hub.allow(member, 'tvec', both);
  await hub.allow(SILENT, CHANNEL, { submit: true, receive: false });
  await giveRoles(hub, [
    ['alice', 'approver'],
    ['otto', 'operator'],
  ]);
  await publishAll(hub);
  // One has said more than the other, where the receiver does not see it: counters and internal numbers differ.
  for (const n of [1, 2, 3])
    await say(hub, AUTHORS[0], 'tvec', [lineOf('assert', `elsewhere ${n}`, `e${n}`)]);
  return hub;
}

async function tell(hub: TestHub, { first, second, third, before }: Casting): Promise<string[]> {
  const by = (place: number, ...lines: object[]) => say(hub, AUTHORS[place]!, CHANNEL, lines);
  return [
    await by(first, lineOf('assert', 'one', 'a', { labels: ['csam'] }), lineOf('assert', 'two', 'b')),
    await by(second, lineOf('assert', 'three', 'c', { expires: '2099-12-31' })),
    await by(third, lineOf('retract', 'nobody said this', 'd')),
    await by(before, lineOf('assert', 'both', 'e', { labels: ['grooming'] })),
    await by(1 - before, lineOf('assert', 'both', 'f')),
    await by(before, lineOf('retract', 'both', 'g', { reason: 'error' })),
    await say(hub, RECEIVER, CHANNEL, [lineOf('assert', 'own', 'h')]),
  ];
}

async function receive(hub: TestHub, submissions: readonly string[]): Promise<readonly ServedAnswer[]> {
  await publishAll(hub);
  const reader = new ServedReader(hub, RECEIVER);
  const { manifest, entries } = await batchOf(hub, RECEIVER, CHANNEL, [lineOf('assert', 'late', 'i')]);
  const subjects = { channel: CHANNEL, values: [...ANONYMOUS_VALUES, 'late'], rounds: 8, submissions };
  const indexes = await indexesOf(hub, CHANNEL);
  await askEverything(reader, MEMBER, { ...subjects, indexes, batch: { manifest, entries } });
  const packs = packsIn(await feedLeaves(hub, RECEIVER));
  await fetchEverything(reader, await prefixOf(hub, RECEIVER, CHANNEL), packs);
  await reader.readEvidence(CHANNEL);
  return reader.answers;
}

async function feedLeaves(hub: TestHub, member: Player): Promise<string[]> {
  const reader = new ServedReader(hub, member);
  const prefix = await prefixOf(hub, member, CHANNEL);
  const size = (await reader.get(`/feed/${CHANNEL}/checkpoint`, { prefix })).toString().split('\n')[1];
  const bundle = await reader.get(`/feed/${CHANNEL}/tile/entries/000.p/${size}`, { prefix });
  return decodeEntryBundle(bundle, Number(size)).map((leaf) => Buffer.from(leaf).toString());
}

function packsIn(rounds: readonly string[]): string[] {
  return rounds.flatMap((text) => {
    const round = readRound(parseStrictJson(text), text);
    return 'changes' in round ? round.changes.flatMap(({ packs }) => packs.map(({ digest }) => digest)) : [];
  });
}

describe('what a receiving member is served of anonymous authors', () => {
  it('is the same whoever of them said what, in every byte that is not random', () => {
    expect(shown(differences(worlds.map(({ received }) => received)))).toEqual([]);
  });

  it('is asked for in a way that the hub answers', () => {
    const answers = worlds[0]!.received;
    const mute = entryPoints(MEMBER).filter(
      (coordinate) =>
        !answers.some(({ about, body }) => about.startsWith(`${coordinate} `) && !body.includes('"errors"')),
    );
    expect(mute).toEqual([]);
  });

  it('names none of them', () => {
    const publicRoutes = /^(GET|HEAD) \/(directory|log\/tile\/entries)/;
    for (const { received: answers } of worlds) {
      const about = answers.filter((answer) => !publicRoutes.test(answer.about));
      const bytes = searchable(about).toString('latin1');
      expect(identities().filter((text) => bytes.includes(text))).toEqual([]);
    }
  });

  it('names them in no leaf of the public log that is about a submission', () => {
    for (const { received: answers } of worlds) {
      const leaves = answers
        .filter(({ about, status }) => /^GET \/log\/tile\/entries/.test(about) && status === 200)
        .flatMap(({ body }) => [
          ...body.toString('latin1').matchAll(/\{"cairn":"statement\/1".*?\}(?=..\{|$)/gs),
        ]);
      const about = leaves.map(([leaf]) => leaf).filter((leaf) => !/"kind":"(member|key|right)"/.test(leaf));
      const submissions = about.filter((leaf) => leaf.includes('"kind":"submission"'));
      expect(submissions.length).toBeGreaterThan(9);
      // Heads are the author's to choose and stand in the leaf: all follow the log as the SDK does.
      expect(submissions.filter((leaf) => !/"head":\{"size":\d+/.test(leaf))).toEqual([]);
      expect(about.filter((leaf) => identities().some((text) => leaf.includes(text)))).toEqual([]);
    }
  });
});

/** Whatever names an author. */
function identities(): string[] {
  return AUTHORS.flatMap(({ name, group, label, auth, signing }) => [
    ...[name, group, label],
    ...[auth, signing].flatMap(({ publicKey }) => [
      publicKey.kid,
      (JSON.parse(publicKey.jwk) as { x: string }).x,
    ]),
  ]);
}

/** What those are served who may not receive the channel and guess a value in it, and at last who may. */
async function guessAll(hub: TestHub): Promise<Map<string, readonly ServedAnswer[]>> {
  const packs = packsIn(await feedLeaves(hub, RECEIVER));
  const indexes = (await indexesOf(hub, CHANNEL)).slice(-2);
  const served = new Map<string, readonly ServedAnswer[]>();
  served.set('author without the right to receive', await guessBySubmitting(hub));
  for (const [who, asker, roles] of await guessers(hub))
    served.set(who, await guess(hub, asker, roles, { packs, indexes }));
  const receiver = new ServedReader(hub, RECEIVER);
  await fetchEverything(receiver, await prefixOf(hub, RECEIVER, CHANNEL), packs);
  return served.set('receiver', receiver.answers);
}

async function guessers(hub: TestHub): Promise<[string, Asker, readonly Role[]][]> {
  const [operator, person] = [new Browser(hub.url), new Browser(hub.url)];
  await operator.login('otto');
  await person.login('noah');
  return [
    ['member of another channel', OUTSIDER, MEMBER],
    ['operator', operator, EVERYBODY],
    ['person without a role', person, EVERYBODY],
    ['nobody known', null, EVERYBODY],
  ];
}

async function guess(
  hub: TestHub,
  asker: Asker,
  roles: readonly Role[],
  { packs, indexes }: { packs: readonly string[]; indexes: readonly number[] },
): Promise<readonly ServedAnswer[]> {
  const reader = new ServedReader(hub, asker);
  const { jti, ...batch } = await batchOf(hub, OUTSIDER, CHANNEL, [lineOf('assert', GUESS, 'x')]);
  const subjects = { channel: CHANNEL, values: [GUESS], rounds: 4, indexes, submissions: [jti], batch };
  await askEverything(reader, roles, subjects);
  // The digests of packs are what a hub with that value has: they help nobody without a ticket for the channel.
  const prefix = asker === OUTSIDER ? await prefixOf(hub, OUTSIDER, 'tvec') : '';
  await fetchEverything(
    reader,
    prefix,
    packs.slice(-2).map((digest, i) => (i === 0 ? digest : '1'.repeat(64))),
  );
  await reader.readEvidence(CHANNEL);
  return reader.answers;
}

/** Says the value, again, and takes it back, and asks after each for all that an author may ask. */
async function guessBySubmitting(hub: TestHub): Promise<readonly ServedAnswer[]> {
  const reader = new ServedReader(hub, SILENT);
  const submissions: string[] = [];
  for (const [n, op] of (['assert', 'assert', 'retract'] as const).entries()) {
    const { jti, ...batch } = await batchOf(hub, SILENT, CHANNEL, [lineOf(op, GUESS, `s${n}`)]);
    submissions.push(jti);
    const subjects = { channel: CHANNEL, values: [GUESS], rounds: 4, submissions, indexes: [], batch };
    await askEverything(reader, MEMBER, subjects, /submi/);
    await publishAll(hub);
    await askEverything(reader, MEMBER, subjects, n === 2 ? /./ : /submi/);
    await reader.readLog('/log');
    await reader.readEvidence(CHANNEL);
  }
  return reader.answers;
}

describe('what is served to whoever may not receive a channel', () => {
  it.each([
    'author without the right to receive',
    'member of another channel',
    'operator',
    'person without a role',
    'nobody known',
  ])('is the same to a %s whether the value is known there or not', (who) => {
    const served = worlds.map((world) => world.served.get(who)!);
    expect(served[0]!.length).toBeGreaterThan(30);
    expect(shown(differences(served))).toEqual([]);
  });

  it.each(['member of another channel', 'operator', 'person without a role', 'nobody known'])(
    'holds for a %s no value, and nothing by which a guess could be tested',
    (who) => {
      for (const { served, secrets } of worlds.slice(1)) {
        expect(secrets.length).toBeGreaterThan(40);
        const haystack = searchable(served.get(who)!);
        expect(found(haystack, secrets)).toEqual([]);
      }
    },
  );

  it('holds for an author without the right to receive nothing of what others said', () => {
    const { served, secrets } = worlds[2]!;
    expect(found(searchable(served.get('author without the right to receive')!), secrets)).toEqual([]);
  });

  it('would be found: a receiver is served the value', () => {
    const { served, secrets } = worlds[0]!;
    expect(found(searchable(served.get('receiver')!), secrets)).toContain('value');
  });

  it('leaves no value, salt, token or private key in the log of the API', () => {
    for (const { keys, log, secrets, served } of worlds) {
      expect(log.length).toBeGreaterThan(1000);
      const needles = [...secrets, ...needlesOfLine(lineOf('assert', GUESS, 's0'))];
      expect(found(Buffer.from(log), needles)).toEqual([]);
      const tokens = [...served.values()].flatMap(tokensIn);
      expect(tokens.length).toBeGreaterThan(3);
      expect(tokens.filter((token) => log.includes(token))).toEqual([]);
      const privates = keys.map((key) => (JSON.parse(writePrivateJwk(key)) as { d: string }).d);
      expect(privates.filter((d) => log.includes(d))).toEqual([]);
    }
  });
});

/** Tokens and tickets that were served. */
function tokensIn(answers: readonly ServedAnswer[]): string[] {
  const pattern = /[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}/g;
  return answers.flatMap(({ body }) => body.toString('latin1').match(pattern) ?? []);
}
