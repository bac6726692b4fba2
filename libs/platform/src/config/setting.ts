import { z } from 'zod';

/** What must not be shown of a value: the password in a URL, the user too, or all of it. */
export type Secrecy = 'url' | 'login' | 'whole';

/** One environment variable: how its text becomes a value, what it is for and whether its value is a secret. */
export interface Setting<Value> {
  readonly about: string;
  /** The rule in words, as it follows "must be". */
  readonly rule: string;
  readonly parse: (text: string) => Value | undefined;
  readonly secret?: Secrecy;
}

/** A setting whose rule is a zod schema over the variable's text. */
export function setting<Schema extends z.ZodType>(
  about: string,
  rule: string,
  schema: Schema,
  secret?: Secrecy,
): Setting<z.infer<Schema>> {
  return {
    about,
    rule,
    secret,
    parse: (text) => {
      const result = schema.safeParse(text);
      return result.success ? result.data : undefined;
    },
  };
}

/** A decimal integer within bounds, both included. */
export function integer(about: string, least: number, most: number): Setting<number> {
  const schema = z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.int().min(least).max(most));
  return setting(about, `an integer from ${least} to ${most}`, schema);
}
