import { z } from 'zod';
import { ActRefused } from './application-result.js';

/** Text for people: printable, of 1 to `most` characters, without white space at its ends. Line breaks only where said. */
export const text = (most: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(most, `must have at most ${most} characters`)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must be printable characters');

/** Text of several lines. */
export const prose = (most: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(most, `must have at most ${most} characters`)
    .regex(/^(?:[^\p{Cc}\p{Cs}]|[\n\t])*$/u, 'must be printable characters');

/** A host name of at least two labels, in lower case. */
export const domain = z
  .string()
  .max(253, 'must have at most 253 characters')
  .regex(
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/,
    'must be a host name in lower case',
  );

/** An e-mail address. */
export const email = z
  .email('must be an e-mail address')
  .max(254, 'must have at most 254 characters')
  .regex(/^[!-~]+$/, 'must be an e-mail address');

/** A public page. */
export const pageUrl = z
  .string()
  .max(2000, 'must have at most 2000 characters')
  .refine(isPage, 'must be an https address without a password');

function isPage(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return protocol === 'https:' && username === '' && password === '';
}

/** Somebody who can bind the organisation. */
export const signatory = z.strictObject({ name: text(200), title: text(200), email });
/** Name, title and e-mail address of somebody who can bind the organisation. */
export type Signatory = z.infer<typeof signatory>;

/**
 * The value as the schema reads it.
 *
 * @param field what the value is called in a refusal
 * @throws ActRefused BAD_INPUT naming the field and the rule, never the value
 */
export function readInput<T>(schema: z.ZodType<T>, value: unknown, field: string): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = [field, ...issue!.path.map(String)].join('.');
  throw new ActRefused('BAD_INPUT', path, ruleOf(issue!));
}

/** Own messages are rules already; the library's can quote what was sent, so they are said anew. */
function ruleOf(issue: z.core.$ZodIssue): string {
  if (issue.message.startsWith('must ')) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `must be a ${issue.expected}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'unrecognized_keys':
      return 'must have no further members';
    default:
      return 'is not of the required form';
  }
}
