import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Admission } from './admission.js';
import type { HashList } from './checkout-hashes.js';
import type { DemoHub } from './demo-hub.js';
import type { DemoMember } from './demo-member.js';
import { foundAlliance } from './founding.js';
import { say } from './say.js';

/** Who plays, and with what. */
export interface Cast {
  hub: DemoHub;
  alpha: DemoMember;
  beta: DemoMember;
  lists: readonly HashList[];
  /** Where the alliance and its staff keep their files. */
  directory: string;
  /** Where beta keeps its copy of the feed. */
  store: string;
}

const CHANNEL = 'demo';

/** Plays the main job of a hub and checks it at every step; returns how many entries the feed holds at the end. */
export async function runScript({ hub, alpha, beta, lists, directory, store }: Cast): Promise<number> {
  const staff = await foundAlliance(hub, directory, CHANNEL);
  say.step('Two organisations want to join. What alpha and staff do is shown; beta comes in beside it.');
  const beside: string[] = [];
  await Promise.all([
    new Admission(hub, staff, alpha, CHANNEL, { shown: true, tell: say.text }).run(),
    new Admission(hub, staff, beta, CHANNEL, { shown: false, tell: (line) => beside.push(line) }).run(),
  ]);
  say.step('Meanwhile beta came in the same way:');
  for (const line of beside) say.text(line);
  await submitAll(alpha, lists);
  await pullAndVerify(beta, store);
  const value = await lookUpOne(beta, store, lists[2]!);
  await retract(alpha, value);
  await seeItGone(beta, store, value);
  return entriesIn(beta, store);
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
