export { EvidenceReader, MOST_INDEXES, type EvidenceAsker } from './evidence-reader.js';
export { listEvidenceReads, type EvidenceRead } from './evidence-reads.js';
