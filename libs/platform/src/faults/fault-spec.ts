/** Where a process is to kill itself: name of the point and the how-many-th time it is reached. */
export type FaultPoints = ReadonlyMap<string, number>;

export type ParsedFaultPoints =
  | { readonly ok: true; readonly points: FaultPoints }
  | { readonly ok: false; readonly code: 'syntax' | 'duplicate'; readonly part: string };

const PART = /^([a-z][a-z0-9-]*:[a-z][a-z0-9-]*)=([1-9]\d{0,8})$/;

/** Parses `name=count[,name=count]`, where a name is two kebab-case words joined by a colon. */
export function parseFaultPoints(text: string): ParsedFaultPoints {
  const points = new Map<string, number>();
  for (const part of text.split(',')) {
    const [, name, count] = PART.exec(part) ?? [];
    if (name === undefined || count === undefined) return { ok: false, code: 'syntax', part };
    if (points.has(name)) return { ok: false, code: 'duplicate', part };
    points.set(name, Number(count));
  }
  return { ok: true, points };
}
