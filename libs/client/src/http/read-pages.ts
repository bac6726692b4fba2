import { AnswerObject } from './json-answer.js';
import type { AskHub, Operation } from './graphql.js';

/**
 * The pages of a connection, one after the other.
 *
 * @param operation with a variable `$after`, whose answer has `pageInfo { hasNextPage endCursor }`
 * @throws ClientError as `ask` does, `UNEXPECTED_ANSWER`
 */
export async function* readPages(
  ask: AskHub,
  { query, variables, subject }: Operation,
): AsyncGenerator<AnswerObject, void, undefined> {
  for (let after: string | null = null; ;) {
    const operation: Operation = { query, variables: { ...variables, after }, subject };
    const page: AnswerObject = new AnswerObject(await ask(operation), subject);
    yield page;
    const info = page.object('pageInfo');
    if (!info.boolean('hasNextPage')) return;
    after = info.text('endCursor');
  }
}

/** What a page lists. */
export function nodesOf(page: AnswerObject): AnswerObject[] {
  return page.objects('edges').map((edge) => edge.object('node'));
}
