import type { ChannelState, KeyState, ProjectionState } from '../projection/state.js';

/** Channels by name: a chunk names one by its place here. Names are ASCII, so UTF-16 order is byte order. */
export function channelsInOrder({ channels }: ProjectionState): [name: string, channel: ChannelState][] {
  return inOrder(channels);
}

/** Keys by thumbprint: an operation names one by its place here. */
export function keysInOrder({ keys }: ProjectionState): [thumbprint: string, key: KeyState][] {
  return inOrder(keys);
}

/** The entries of a map in ascending order of their names. */
export function inOrder<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
