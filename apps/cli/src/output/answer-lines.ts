import type { JsonObject, JsonValue } from '#libs/protocol';

/** An answer of the hub for people: a line for each member, what is inside of one further in. */
export function answerLines(answer: JsonObject, margin = ''): string[] {
  return Object.entries(answer).flatMap(([name, value]) => memberLines(name, value as JsonValue, margin));
}

function memberLines(name: string, value: JsonValue, margin: string): string[] {
  if (value === null) return [];
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== 'object'))
      return [`${margin}${name}: ${value.join(', ') || 'none'}`];
    return [
      `${margin}${name}:`,
      ...value.flatMap((item) => [`${margin}  -`, ...answerLines(item as JsonObject, `${margin}    `)]),
    ];
  }
  if (typeof value === 'object') return [`${margin}${name}:`, ...answerLines(value, `${margin}  `)];
  return [`${margin}${name}: ${String(value).replaceAll('\n', `\n${margin}  `)}`];
}
