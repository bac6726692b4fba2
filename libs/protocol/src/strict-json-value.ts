/** What strict JSON can hold; every number is an integer within ±(2^53 - 1). */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/**
 * A parsed object. All members are own properties, `__proto__` too; look up names that come from outside with
 * `Object.hasOwn` first, since `Object.prototype` is still behind it.
 */
export interface JsonObject {
  [name: string]: JsonValue;
}

/** Whether `value` is an object, neither null nor an array. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
