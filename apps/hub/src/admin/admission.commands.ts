import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { currentAdmissionPolicy, publishAgreement, setAdmissionPolicy } from '#libs/membership';
import { administer, OPERATOR_PART } from './administer.js';
import { inputText, wholeNumber } from './arguments.js';

const DAY_MS = 86_400_000;

/** `cairn-hub admin admission` and `agreement`: what a new hub needs before staff can admit its founders. Later ones are set by staff. */
export function addAdmissionCommands(admin: Command): void {
  admin
    .command('admission')
    .summary('set the first admission policy')
    .description(
      'Sets the first admission policy, by which founders are admitted: while there are fewer full members than --founding-members, ' +
        'nobody needs endorsements. What is not named stays as it is by default. Logged; in force from then on. Works once: staff set later ones.',
    )
    .option('--founding-members <n>', 'at most 5', wholeNumber('founding-members'), 5)
    .option('--endorsements <n>', 'by unrelated members, at least 2', wholeNumber('endorsements'))
    .option('--objection-days <n>', 'in which members may object', wholeNumber('objection-days'))
    .option('--probation-days <n>', 'before a member is fully active', wholeNumber('probation-days'))
    .option(
      '--probation-entries-a-day <n>',
      'that a member on probation may submit',
      wholeNumber('probation-entries-a-day'),
    )
    .option('--conformance-days <n>', 'for which a passed run counts', wholeNumber('conformance-days'))
    .option('--attestation-days <n>', 'after which members attest anew', wholeNumber('attestation-days'))
    .action(async (change: Partial<Record<string, number>>) => {
      await administer(
        async (database) => {
          const { version: _version, ...policy } = await database.read(
            'admission-policy',
            `system:${OPERATOR_PART}`,
            currentAdmissionPolicy,
          );
          return setAdmissionPolicy(database, { system: OPERATOR_PART }, { ...policy, ...change });
        },
        ({ version }) => `admission policy ${version} is set`,
      );
    });
  admin
    .command('agreement <file>')
    .summary('publish the first agreement')
    .description('Publishes the text that every member accepts. Works once: staff publish later versions.')
    .requiredOption('--title <text>', 'its title')
    .action(async (file: string, { title }: { title: string }) => {
      const agreement = {
        title: inputText(title, 'title'),
        text: readFileSync(file, 'utf8'),
        // Nobody has accepted an earlier version, so nobody is late for this one.
        acceptBy: new Date(Date.now() + DAY_MS),
      };
      await administer(
        (database) => publishAgreement(database, { system: OPERATOR_PART }, agreement),
        ({ version, digest }) => `agreement ${version} is published, SHA-256 ${digest}`,
      );
    });
}
