import { decodeEvidence } from '#libs/protocol';
import { decodeEntryBundle } from '#libs/tlog';

/** One answer as it came over the wire. */
export interface ServedAnswer {
  /** What was asked, in words that are the same in every world. */
  readonly about: string;
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

/** A part of an answer, and where it stands in it. */
interface Token {
  readonly place: string;
  readonly text: string;
}

const JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
const BUNDLE = /tile\/entries\//;
const EVIDENCE = /\/evidence\//;
const TILE = /tile\/\d/;
/** The end of a ticket, which is sealed with it: two of one second are one. */
const TICKET_END = /\.\d{10}\.[A-Za-z0-9_-]{43}$/;
const MOMENT = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g;
const DAY_MS = 86_400_000;

/** An answer taken apart, down to what is inside of tokens, bundles and documents. Times are all alike: they tell when, not who. */
export function tokensOf({ about, status, headers, body }: ServedAnswer): Token[] {
  const tokens: Token[] = [{ place: `${about} status`, text: String(status) }];
  for (const [name, value] of headers)
    tokens.push({ place: `${about} header ${name}`, text: name === 'date' ? 'TIME' : value });
  tokens.push({ place: `${about} length`, text: String(body.length) });
  if (body.length === 0) return tokens;
  if (BUNDLE.test(about) && status === 200) return [...tokens, ...bundleTokens(about, body)];
  if (EVIDENCE.test(about) && status === 200) return [...tokens, ...evidenceTokens(about, body)];
  if (TILE.test(about) && status === 200) return [...tokens, ...pieces(about, body.toString('hex'), 64)];
  return [...tokens, ...textTokens(about, isText(body) ? body.toString('utf8') : body.toString('hex'))];
}

function bundleTokens(place: string, body: Buffer): Token[] {
  let count = 0;
  for (let at = 0; at < body.length; at += 2 + body.readUInt16BE(at)) count++;
  return decodeEntryBundle(body, count).flatMap((leaf, i) =>
    textTokens(`${place} leaf ${i}`, Buffer.from(leaf).toString('utf8')),
  );
}

function evidenceTokens(place: string, body: Buffer): Token[] {
  const { from, end, submissions } = decodeEvidence(body);
  const bounds = { place: `${place} bounds`, text: `${from}-${end}` };
  return [
    bounds,
    ...submissions.flatMap(({ index, ...parts }) =>
      Object.entries(parts).flatMap(([name, part]) => {
        const at = `${place} submission ${index} ${name}`;
        if (part === null) return [{ place: at, text: 'not shown' }];
        const bytes = typeof part === 'string' ? Buffer.from(part) : Buffer.from(part as Uint8Array);
        return isText(bytes) ? textTokens(at, bytes.toString('utf8')) : pieces(at, bytes.toString('hex'), 16);
      }),
    ),
  ];
}

function pieces(place: string, text: string, width: number): Token[] {
  return Array.from({ length: Math.ceil(text.length / width) }, (_, i) => ({
    place: `${place} ${i}`,
    text: text.slice(i * width, (i + 1) * width),
  }));
}

function isText(body: Buffer): boolean {
  return Buffer.from(body.toString('utf8')).equals(body);
}

function textTokens(place: string, text: string): Token[] {
  if (/^[[{]/.test(text)) {
    const value = parsed(text);
    if (value !== undefined) return valueTokens(place, value);
  }
  if (text.includes('\n'))
    return text.split('\n').flatMap((line, i) => textTokens(`${place} line ${i}`, line));
  if (JWS.test(text) && !TICKET_END.test(text)) return jwsTokens(place, text);
  return text.split(' ').map((word) => ({ place, text: timeless(word) }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function jwsTokens(place: string, token: string): Token[] {
  const [header, payload, signature] = token.split('.') as [string, string, string];
  const opened = [header, payload].map((part) => Buffer.from(part, 'base64url').toString('utf8'));
  return [
    ...opened.flatMap((text, i) => textTokens(`${place} part ${i}`, text)),
    // Of bytes that were shown before, by a key of the hub: it says nothing more, and comes again with the second in which it was made.
    { place: `${place} signature`, text: `${signature.length} characters` },
  ];
}

/** Names stand in the order in which they came: that, too, could tell something. */
function valueTokens(place: string, value: unknown): Token[] {
  if (typeof value === 'string') return textTokens(place, value);
  if (typeof value !== 'object' || value === null) return [{ place, text: timeless(String(value)) }];
  const members = Object.entries(value);
  const shape = `${Array.isArray(value) ? 'array' : 'object'} of ${members.map(([name]) => name).join()}`;
  return [
    { place, text: shape },
    ...members.flatMap(([name, part]) => valueTokens(`${place}.${name}`, part)),
  ];
}

function timeless(word: string): string {
  const moment = /^\d{10}$/.test(word) ? Number(word) * 1000 : /^\d{13}$/.test(word) ? Number(word) : NaN;
  if (Math.abs(moment - Date.now()) < DAY_MS) return 'TIME';
  return word.replace(MOMENT, 'TIME').replace(TICKET_END, '.TIME.SEAL');
}

/**
 * Where worlds differ. The first two are the same story told twice: what differs between them is random, and everything else must be the same
 * in every world. What is random must have one length, and come again where it comes again in the first world: else something that looks
 * random would tell one author from another.
 */
export function differences(worlds: readonly (readonly ServedAnswer[])[]): string[] {
  const told = worlds.map((answers) => answers.flatMap(tokensOf));
  const firstSeen = told.map(() => new Map<string, number>());
  const found: string[] = [];
  for (const [i, { place }] of told[0]!.entries()) {
    const tokens = told.map((world) => world[i]);
    if (tokens.some((token) => token?.place !== place)) return [...found, `${place}: another answer`];
    const texts = tokens.map((token) => token!.text);
    if (!tellsNothing(texts, firstSeen, i)) found.push(`${place}: ${texts.join(' | ')}`);
  }
  const sameLength = new Set(told.map((world) => world.length)).size === 1;
  return sameLength ? found : [...found, 'more answers in one world than in another'];
}

function tellsNothing(
  texts: readonly string[],
  firstSeen: readonly Map<string, number>[],
  at: number,
): boolean {
  const [first, again, ...others] = texts;
  if (first === again) return others.every((text) => text === first);
  const places = texts.map((text, world) => {
    const seen = firstSeen[world]!;
    if (!seen.has(text)) seen.set(text, at);
    return seen.get(text);
  });
  const sameLength = first!.length !== again!.length || others.every((text) => text.length === first!.length);
  return sameLength && new Set(places).size === 1;
}

/** Everything that was served, as bytes, and once more with what stands in tokens and documents unpacked. */
export function searchable(answers: readonly ServedAnswer[]): Buffer {
  const parts = answers.flatMap((answer) => [
    Buffer.from(answer.headers.flat().join('\n')),
    answer.body,
    Buffer.from(
      tokensOf(answer)
        .map(({ text }) => text)
        .join('\n'),
    ),
  ]);
  return Buffer.concat(parts.flatMap((part) => [part, Buffer.from('\n')]));
}
