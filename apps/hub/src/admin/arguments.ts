import { InvalidArgumentError } from 'commander';
import { ProtocolError, requireName, requireText } from '#libs/protocol';

/** A parser of an option that takes one of some words. */
export function oneOf<T extends string>(words: readonly T[]): (text: string) => T {
  return (text) => {
    if ((words as readonly string[]).includes(text)) return text as T;
    throw new InvalidArgumentError(`must be one of ${words.join(', ')}`);
  };
}

/** A parser of an option that takes an integer of at least 0. */
export function wholeNumber(field: string): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(number)) return number;
    throw new InvalidArgumentError(`${field} must be an integer of at least 0`);
  };
}

/** The name of a member, group or channel. */
export function inputName(text: string, field: string): string {
  return asArgument(() => requireName(text, field));
}

/** A line of text for people. */
export function inputText(text: string, field: string): string {
  const rule = 'must be 1 to 200 printable characters';
  return asArgument(() => requireText(text, field, /^[^\p{Cc}\p{Cs}]{1,200}$/u, rule));
}

function asArgument(read: () => string): string {
  try {
    return read();
  } catch (error) {
    throw error instanceof ProtocolError ? new InvalidArgumentError(error.message) : error;
  }
}
