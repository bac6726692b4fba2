import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HashList } from './checkout-hashes.js';
import type { DemoHub } from './demo-hub.js';
import type { DemoMember } from './demo-member.js';
import { say } from './say.js';

/** Who plays, and with what. */
export interface Cast {
  hub: DemoHub;
  alpha: DemoMember;
  beta: DemoMember;
  lists: readonly HashList[];
  /** Where beta keeps its copy of the feed. */
  store: string;
}

const CHANNEL = 'demo';

/** Plays the main job of a hub and checks it at every step; returns how many entries the feed holds at the end. */
export async function runScript({ hub, alpha, beta, lists, store }: Cast): Promise<number> {
  await nameStaff(hub);
  await hub.admin(['channel', 'create', CHANNEL]);
  for (const member of [alpha, beta]) await joinAlliance(hub, member);
  await submitAll(alpha, lists);
  await pullAndVerify(beta, store);
  const value = await lookUpOne(beta, store, lists[2]!);
  await retract(alpha, value);
  await seeItGone(beta, store, value);
  return entriesIn(beta, store);
}

/** Personas of the demo identity provider, by what they are to the alliance. */
const STAFF = ['vetter=vera', 'approver=albert', 'approver=alice', 'auditor=ada', 'operator=otto'];

async function nameStaff(hub: DemoHub): Promise<void> {
  say.step(
    'The alliance names its first staff. Whoever is at this machine can be any of them, in a browser:',
  );
  await hub.admin(['bootstrap', ...STAFF.flatMap((given) => ['--give', given])]);
  say.text(`Log in at ${hub.url}/login, or with: cairn login --hub ${hub.url}`);
}

/** A member makes keys, the alliance registers them and hands out the policy file, the member pins it. */
async function joinAlliance(hub: DemoHub, member: DemoMember): Promise<void> {
  say.step(`${member.name} joins: it makes its keys, and the alliance registers their public parts.`);
  await hub.admin(['member', 'add', member.name, '--kind', 'platform']);
  for (const purpose of ['auth', 'signing']) {
    const printed = await member.cairn(['keys', 'new', '--purpose', purpose]);
    const jwk = join(member.directory, `${purpose}.public.jwk`);
    writeFileSync(jwk, publicJwkOf(printed));
    await hub.admin(['key', 'add', member.name, '--purpose', purpose, '--jwk', jwk]);
  }
  await hub.admin(['right', member.name, CHANNEL, '--submit', '--receive']);
  say.text(
    'The policy file names the keys that logs and feeds are signed with. Nothing verifies without it.',
  );
  const policy = join(member.directory, 'policy');
  writeFileSync(policy, await hub.admin(['policy', '--member', member.name], { show: false }));
  await member.cairn(['init', '--policy', policy, '--member', member.name]);
}

function publicJwkOf(printed: string): string {
  const jwk = /\{[^{}]*"kty"[^{}]*\}/.exec(printed)?.[0];
  if (jwk === undefined) throw new Error('cairn keys new printed no public JWK');
  return `${jwk}\n`;
}

async function submitAll(alpha: DemoMember, lists: readonly HashList[]): Promise<void> {
  say.step(
    'alpha submits the hashes of the files of this checkout, signed. --wait: until they are in the signed feed.',
  );
  for (const { type, file } of lists) {
    await alpha.cairn(['submit', '--channel', CHANNEL, '--type', type, file, '--wait']);
  }
}

async function pullAndVerify(beta: DemoMember, store: string): Promise<void> {
  say.step(
    'beta pulls the feed. Notes, history, packs and set roots are verified before anything takes effect.',
  );
  await beta.cairn(['pull', '--feed', CHANNEL, '--store', store]);
  await beta.cairn(['verify', '--store', store]);
}

async function lookUpOne(beta: DemoMember, store: string, list: HashList): Promise<string> {
  say.step('beta looks a hash up in its own copy, without asking the hub.');
  const value = readFileSync(list.file, 'utf8').split('\n')[0]!;
  await beta.cairn(['lookup', '--store', store, value]);
  return value;
}

async function retract(alpha: DemoMember, value: string): Promise<void> {
  say.step('alpha made a mistake and retracts that hash, with a reason that every member will see.');
  const file = join(alpha.directory, 'mistake.txt');
  writeFileSync(file, `${value}\n`);
  const words = [
    'submit',
    '--channel',
    CHANNEL,
    '--type',
    'sha256',
    '--op',
    'retract',
    '--reason',
    'false_positive',
  ];
  await alpha.cairn([...words, file, '--wait']);
}

async function seeItGone(beta: DemoMember, store: string, value: string): Promise<void> {
  say.step('beta pulls again: a small delta. The hash is gone, and the reason came with it.');
  const pulled = await beta.cairn(['pull', '--feed', CHANNEL, '--store', store]);
  if (!pulled.includes('removed: false_positive 1'))
    throw new Error('the pull did not say why the hash is gone');
  const lookup = await beta.attempt(['lookup', '--store', store, value]);
  if (lookup.code !== 1) throw new Error('the retracted hash is still found');
  say.output('nothing found');
}

/** Counts the records of the verified copy. */
async function entriesIn(beta: DemoMember, store: string): Promise<number> {
  await beta.ask(['verify', '--store', store]);
  return (await beta.ask(['export', '--store', store])).length;
}
