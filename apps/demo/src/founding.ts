import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DemoHub } from './demo-hub.js';
import { say } from './say.js';
import { Terminal } from './terminal.js';
import { until } from './until.js';

/** Personas of the demo identity provider, by what they are to the alliance. */
const ROLES = ['vetter=vera', 'approver=albert', 'approver=alice', 'auditor=ada', 'operator=otto'];
const DAY_MS = 86_400_000;
const AGREEMENT = `We share what we may share, for the purpose of the channel alone.
We answer disputes, and we take back what was wrong.
`;
const POLICY = 'query { admissionPolicy { foundingMembers } }';

/** Those of the staff who let members in, each at a terminal of their own. */
export interface Staff {
  /** Vets. */
  readonly vera: Terminal;
  /** Both approve. */
  readonly albert: Terminal;
  readonly alice: Terminal;
}

/** Makes the first staff, and lets them say how founders come in. */
export async function foundAlliance(hub: DemoHub, directory: string, channel: string): Promise<Staff> {
  mkdirSync(directory, { recursive: true });
  say.step(
    'The alliance names its first staff. Whoever is at this machine can be any of them, in a browser:',
  );
  await hub.admin(['bootstrap', ...ROLES.flatMap((role) => ['--give', role])]);
  await hub.admin(['channel', 'create', channel]);
  say.text(`Log in at ${hub.url}/login, or with: cairn login --hub ${hub.url}`);
  const terminal = (persona: string): Terminal => new Terminal(persona, join(directory, 'staff', persona));
  const staff = { vera: terminal('vera'), albert: terminal('albert'), alice: terminal('alice') };
  const logins = await Promise.all(Object.values(staff).map((person) => person.login(hub.url)));
  for (const login of logins) say.text(login);
  await setTerms(staff, directory);
  return staff;
}

async function setTerms({ alice }: Staff, directory: string): Promise<void> {
  say.step(
    'Alice says how founders come in: without endorsements, as there is nobody to endorse, and without a window to object.',
  );
  const set = ['application', 'policy', 'set'];
  const terms = ['--founding-members', '5', '--objection-days', '0', '--probation-entries-a-day', '1000000'];
  await alice.cairn([...set, ...terms], { show: 'command' });
  const file = join(directory, 'agreement.txt');
  writeFileSync(file, AGREEMENT);
  const deadline = new Date(Date.now() + 30 * DAY_MS).toISOString();
  const publish = ['application', 'publish-agreement', file, '--title', 'Agreement', '--until', deadline];
  await alice.cairn(publish, { show: 'command' });
  await until('the founding policy is logged', async () => {
    const { foundingMembers } = await alice.graphql(POLICY, {});
    return foundingMembers === 5;
  });
}
