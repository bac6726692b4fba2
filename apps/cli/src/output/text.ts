/** A count for people: `1,234,567`. */
export function number(value: number): string {
  return value.toLocaleString('en');
}

/** `1 entry`, `2 entries`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}

/** A moment, RFC 3339 in UTC. */
export function time(ms: number): string {
  return new Date(ms).toISOString();
}
