export { StrictJsonError, type StrictJsonErrorCode } from './strict-json-error.js';
export { isJsonObject, type JsonObject, type JsonValue } from './strict-json-value.js';
export { decodeUtf8, parseStrictJson, type StrictJsonLimits } from './strict-json.js';
