export {
  listExposedPersons,
  type PersonExposure,
  type PersonExposureCursor,
  type PersonExposureFilter,
  type PersonExposureKind,
} from './list-exposed-persons.js';
