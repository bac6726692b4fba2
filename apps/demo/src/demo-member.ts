import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Terminal } from './terminal.js';

/** Who is going to be a member organisation, as its application says it. */
export interface Organisation {
  readonly name: string;
  readonly legalName: string;
  readonly about: string;
  /** Persona of who administers it. */
  readonly administrator: string;
}

/** A member organisation of the demo: `cairn` with a home directory of its own, and the persona who administers it. */
export class DemoMember extends Terminal {
  constructor(
    readonly organisation: Organisation,
    readonly directory: string,
  ) {
    mkdirSync(directory, { recursive: true });
    super(organisation.administrator, join(directory, 'home'));
  }

  get name(): string {
    return this.organisation.name;
  }

  /** Writes a file of its own; @returns its path */
  file(name: string, content: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, content);
    return path;
  }

  /** What the public form asks, for rights on a channel; the domain is one that can never be (RFC 2606 §2). */
  profile(channel: string): object {
    const { name, legalName, about } = this.organisation;
    const domain = `${name}.example`;
    const mail = (box: string): string => `${box}@${domain}`;
    return {
      handle: name,
      legalName,
      kind: 'platform',
      jurisdiction: 'NZ',
      domain,
      contacts: {
        application: mail('apply'),
        abuse: mail('abuse'),
        security: mail('security'),
        dataProtection: mail('privacy'),
      },
      policyUrl: `https://${domain}/policy`,
      appealUrl: `https://${domain}/appeals`,
      channels: [{ channel, submit: true, receive: true }],
      measures: [],
      about,
    };
  }
}
