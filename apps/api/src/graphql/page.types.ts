import { Field, ObjectType } from '@nestjs/graphql';
import { ApiError } from './api-error.js';

@ObjectType({ description: 'Where a page of a connection ends (Relay cursor connections).' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there is more after this page.' })
  hasNextPage!: boolean;

  @Field(() => String, {
    nullable: true,
    description:
      'Cursor of the last edge, to be given as `after` for the next page; null when the page is empty.',
  })
  endCursor!: string | null;
}

/** A page of a list as a Relay connection gives it. */
export interface Connection<Node> {
  edges: { cursor: string; node: Node }[];
  pageInfo: PageInfo;
}

/**
 * Makes a page out of up to `first` + 1 items: the one too many says that there is more.
 */
export function toConnection<Node>(
  items: readonly Node[],
  first: number,
  cursorOf: (node: Node) => string,
): Connection<Node> {
  const edges = items.slice(0, first).map((node) => ({ cursor: cursorOf(node), node }));
  const endCursor = edges.at(-1)?.cursor ?? null;
  return { edges, pageInfo: { hasNextPage: items.length > first, endCursor } };
}

/** @throws ApiError `BAD_USER_INPUT` */
export function requireFirst(first: number, most: number): number {
  if (first >= 1 && first <= most) return first;
  throw new ApiError('BAD_USER_INPUT', `first must be from 1 to ${most}`);
}
