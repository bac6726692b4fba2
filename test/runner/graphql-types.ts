/** What Nest's decorators for GraphQL remember, which is global to a process. */
interface DeclaredTypes {
  readonly GqlLazyMetadataStorageHost?: { readonly lazyMetadataByTarget: Map<unknown, unknown> };
  readonly GqlTypeMetadataStorage?: { clear(): void };
}

/** Forgets the GraphQL types that the modules of an earlier spec file declared; the next declares its own. */
export function forgetGraphqlTypes(): void {
  const { GqlLazyMetadataStorageHost: lazy, GqlTypeMetadataStorage: types } = globalThis as DeclaredTypes;
  lazy?.lazyMetadataByTarget.clear();
  types?.clear();
}
