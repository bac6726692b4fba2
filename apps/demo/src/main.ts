import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { listCheckout } from './checkout-hashes.js';
import { DemoHub } from './demo-hub.js';
import { DemoMember, type Organisation } from './demo-member.js';
import { runScript } from './script.js';
import { say } from './say.js';

const { values } = parseArgs({
  options: { exit: { type: 'boolean', default: false }, pdq: { type: 'string' }, port: { type: 'string' } },
});

const ALPHA: Organisation = {
  name: 'alpha',
  legalName: 'Alpha Limited',
  about: 'A place to share pictures.',
  administrator: 'mia',
};
const BETA: Organisation = {
  name: 'beta',
  legalName: 'Beta Limited',
  about: 'A place to talk.',
  administrator: 'max',
};
const root = resolve('.cairn', 'demo');
const hub = new DemoHub(join(root, 'hub'), values.port === undefined ? null : Number(values.port));

try {
  await hub.requireStopped();
  rmSync(root, { recursive: true, force: true });
  say.title('A hub, its staff, two members, real hashes');
  say.text(`Everything below really runs on this machine; its files are in ${root}.`);
  await hub.start();
  const member = (organisation: Organisation): DemoMember =>
    new DemoMember(organisation, join(root, organisation.name));
  const lists = listCheckout(process.cwd(), join(root, 'lists'), values.pdq);
  const entries = await runScript({
    hub,
    alpha: member(ALPHA),
    beta: member(BETA),
    lists,
    directory: join(root, 'alliance'),
    store: join(root, 'beta', 'store'),
  });
  if (values.exit) await hub.stop();
  else await hub.keepRunning();
  process.stdout.write(`demo: ok, ${entries} entries in feed, root verified\n`);
} catch (error) {
  process.stderr.write(`demo: failed: ${error instanceof Error ? error.message : String(error)}\n`);
  await hub.stop();
  process.exitCode = 1;
}
