import type { DocumentNode, GraphQLSchema } from 'graphql';
import { rolesOf, type Caller, type Role } from '#libs/access';
import { ApiError } from './api-error.js';
import { documentCoordinates } from './field-coordinates.js';

/** Who may read a field, and why nobody else. */
export interface FieldRule {
  readonly roles: readonly Role[];
  readonly reason: string;
}

/** A rule for each `Type.field`. */
export type FieldAccess = Readonly<Record<string, FieldRule>>;

/**
 * Lets an operation through when for every field of its document one of the caller's roles may read it, and none of it otherwise:
 * nothing runs before that is settled, so there is nothing to take back. A field without a rule is read by nobody.
 *
 * Which fields a document has is found out once; Mercurius keeps documents, and compiled operations have no other fields.
 */
export class FieldGuard {
  private readonly coordinates = new WeakMap<DocumentNode, ReadonlySet<string>>();

  constructor(private readonly access: FieldAccess) {}

  /** @throws ApiError `UNAUTHENTICATED` or `FORBIDDEN` */
  check(schema: GraphQLSchema, document: DocumentNode, caller: Caller): void {
    const roles = rolesOf(caller);
    for (const coordinate of this.coordinatesOf(schema, document)) {
      const rule = Object.hasOwn(this.access, coordinate) ? this.access[coordinate] : undefined;
      if (roles.some((role) => rule?.roles.includes(role))) continue;
      throw caller.role === 'anonymous'
        ? new ApiError('UNAUTHENTICATED', `${coordinate} needs an access token or a login`)
        : new ApiError('FORBIDDEN', `${coordinate} is not for this caller`);
    }
  }

  private coordinatesOf(schema: GraphQLSchema, document: DocumentNode): ReadonlySet<string> {
    let coordinates = this.coordinates.get(document);
    if (coordinates === undefined) {
      coordinates = documentCoordinates(schema, document);
      this.coordinates.set(document, coordinates);
    }
    return coordinates;
  }
}
