import {
  GraphQLError,
  Kind,
  type ASTVisitor,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

/** What one request may ask for at most. Fragments count wherever they are spread. */
export const QUERY_LIMITS = {
  /** Characters of the document: what is parsed and kept in the cache of documents. */
  characters: 16_384,
  tokens: 1000,
  depth: 8,
  /** Depth below `__schema` and `__type`: tools ask how types are wrapped, nine levels deep. */
  introspectionDepth: 16,
  aliases: 15,
  rootFields: 5,
  directives: 10,
} as const;

/** How much a selection asks for. */
interface Cost {
  depth: number;
  introspectionDepth: number;
  aliases: number;
  directives: number;
  fields: number;
}

/** Validation rule: one operation a document, within `QUERY_LIMITS`. */
export function queryLimitsRule(context: ValidationContext): ASTVisitor {
  return {
    Document: (document) => {
      for (const rule of brokenLimits(document)) {
        context.reportError(new GraphQLError(rule, { extensions: { code: 'QUERY_TOO_COMPLEX' } }));
      }
      return undefined;
    },
  };
}

function brokenLimits(document: DocumentNode): string[] {
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  // Mercurius keeps one compiled operation per document, whatever name the next request gives.
  if (operations.length !== 1) return ['A document must hold exactly one operation.'];
  const [operation] = operations;
  const cost = new DocumentCost(document).of(operation!.selectionSet);
  const directives = cost.directives + (operation!.directives?.length ?? 0);
  const rules: [broken: boolean, rule: string][] = [
    [cost.depth > QUERY_LIMITS.depth, `depth must be at most ${QUERY_LIMITS.depth}`],
    [
      cost.introspectionDepth > QUERY_LIMITS.introspectionDepth,
      `depth of introspection must be at most ${QUERY_LIMITS.introspectionDepth}`,
    ],
    [cost.aliases > QUERY_LIMITS.aliases, `aliases must be at most ${QUERY_LIMITS.aliases}`],
    [cost.fields > QUERY_LIMITS.rootFields, `root fields must be at most ${QUERY_LIMITS.rootFields}`],
    [directives > QUERY_LIMITS.directives, `directives must be at most ${QUERY_LIMITS.directives}`],
  ];
  return rules.filter(([broken]) => broken).map(([, rule]) => `The operation asks for too much: ${rule}.`);
}

/** The cost of selections, fragments counted in. Each fragment is looked at once; a cycle, which another rule refuses, ends the count. */
class DocumentCost {
  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  private readonly known = new Map<string, Cost>();

  constructor({ definitions }: DocumentNode) {
    for (const node of definitions) {
      if (node.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(node.name.value, node);
    }
  }

  of({ selections }: SelectionSetNode): Cost {
    const total = nothing();
    for (const selection of selections) {
      total.directives += selection.directives?.length ?? 0;
      if (selection.kind === Kind.FIELD) {
        addField(total, selection, selection.selectionSet ? this.of(selection.selectionSet) : nothing());
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        addAll(total, this.of(selection.selectionSet));
      } else {
        addAll(total, this.ofFragment(selection.name.value));
      }
    }
    return total;
  }

  private ofFragment(name: string): Cost {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    this.known.set(name, nothing());
    const fragment = this.fragments.get(name);
    const cost = fragment === undefined ? nothing() : this.of(fragment.selectionSet);
    this.known.set(name, cost);
    return cost;
  }
}

function nothing(): Cost {
  return { depth: 0, introspectionDepth: 0, aliases: 0, directives: 0, fields: 0 };
}

function addField(total: Cost, field: FieldNode, below: Cost): void {
  const introspects = field.name.value === '__schema' || field.name.value === '__type';
  total.fields += 1;
  total.aliases += below.aliases + (field.alias === undefined ? 0 : 1);
  total.directives += below.directives;
  total.depth = Math.max(total.depth, introspects ? 1 : below.depth + 1);
  total.introspectionDepth = Math.max(
    total.introspectionDepth,
    introspects ? below.depth + 1 : below.introspectionDepth,
  );
}

/** What a fragment selects belongs to the selection around it. */
function addAll(total: Cost, part: Cost): void {
  total.fields += part.fields;
  total.aliases += part.aliases;
  total.directives += part.directives;
  total.depth = Math.max(total.depth, part.depth);
  total.introspectionDepth = Math.max(total.introspectionDepth, part.introspectionDepth);
}
