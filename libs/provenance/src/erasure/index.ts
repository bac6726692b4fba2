export { Erasures, type ErasureRequest } from './erasures.js';
export {
  findErasure,
  listErasures,
  type ErasureDocument,
  type ErasureProgress,
  type StoredErasure,
} from './erasure-document.js';
export { PurgeFailedError, purgeErased, type PurgeSettings } from './purge-erased.js';
