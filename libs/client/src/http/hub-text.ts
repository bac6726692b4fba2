const LONGEST = 300;

/**
 * A text of the hub, fit to be shown: one line of printable characters. What a hub sends must not be able to steer a
 * terminal or to fill a log.
 */
export function hubText(text: string): string {
  const line = text.replaceAll(/[\p{C}\s]+/gu, ' ').trim();
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST)}…`;
}
