import { z } from 'zod';
import { MEMBER_KINDS } from '#libs/protocol';
import { domain, email, pageUrl, prose, text } from './read-input.js';

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const name = z.string().regex(NAME, 'must be 1 to 63 characters of a-z, 0-9 and inner hyphens');

/** Rights on one channel. */
const channelRight = z.strictObject({ channel: name, submit: z.boolean(), receive: z.boolean() });
/** What somebody may do on a channel. */
export type ChannelRights = z.infer<typeof channelRight>;

/** Rights on channels, each named once, with at least one right. */
export const channelRights = z
  .array(channelRight)
  .max(64, 'must be at most 64 channels')
  .refine((all) => new Set(all.map(({ channel }) => channel)).size === all.length, {
    message: 'must name a channel once',
  })
  .refine((all) => all.every(({ submit, receive }) => submit || receive), {
    message: 'must ask for submit or receive',
  });

/** What an applicant says of itself. Which pages it needs is the checklist's to say, by its kind. */
export const profileSchema = z.strictObject({
  /** Name on the wire, for ever. */
  handle: name,
  legalName: text(200),
  kind: z.enum(MEMBER_KINDS),
  /** ISO 3166-1 alpha-2. */
  jurisdiction: z.string().regex(/^[A-Z]{2}$/, 'must be a country code of two capital letters (ISO 3166-1)'),
  /** Number in the register of that country. */
  registration: text(200).nullable(),
  /** Who owns or controls the organisation, if anybody does. */
  controlledBy: text(200).nullable(),
  domain,
  contacts: z.strictObject({ application: email, abuse: email, security: email, dataProtection: email }),
  policyUrl: pageUrl.nullable(),
  appealUrl: pageUrl.nullable(),
  transparencyUrl: pageUrl.nullable(),
  channels: channelRights,
  /** Concrete safety measures, such as: no direct messages for users under sixteen. */
  measures: z.array(text(500)).max(50, 'must be at most 50 measures'),
  about: prose(4000),
});
/** What an applicant says of itself. */
export type ApplicationProfile = z.infer<typeof profileSchema>;
