import { InvalidArgumentError } from 'commander';
import { ProtocolError, requireName } from '#libs/protocol';

/** A parser of an option that takes one of some words. */
export function oneOf<T extends string>(words: readonly T[]): (text: string) => T {
  return (text) => {
    if ((words as readonly string[]).includes(text)) return text as T;
    throw new InvalidArgumentError(`must be one of ${words.join(', ')}`);
  };
}

/** The name of a channel. */
export function inputName(text: string, field: string): string {
  try {
    return requireName(text, field);
  } catch (error) {
    throw error instanceof ProtocolError ? new InvalidArgumentError(error.message) : error;
  }
}
