import { CreateHub1790000000000 } from './1790000000000-create-hub.js';
import { CreateLedger1795400000001 } from './1795400000001-create-ledger.js';
import { CreateMembership1795400000002 } from './1795400000002-create-membership.js';
import { CreateIntake1795400000003 } from './1795400000003-create-intake.js';
import { CreateSignals1795400000004 } from './1795400000004-create-signals.js';
import { CreateFeed1795400000005 } from './1795400000005-create-feed.js';
import { CreateAccess1795400000006 } from './1795400000006-create-access.js';
import { CreatePeople1795400000007 } from './1795400000007-create-people.js';
import { CreateProofReplay1795400000008 } from './1795400000008-create-proof-replay.js';
import { CreateKeyLifecycle1795400000009 } from './1795400000009-create-key-lifecycle.js';
import { CreateApplications1795400000010 } from './1795400000010-create-applications.js';
import { CreateApplicationChecks1795400000011 } from './1795400000011-create-application-checks.js';
import { CreateConformance1795400000012 } from './1795400000012-create-conformance.js';
import { CreateMemberActs1795400000014 } from './1795400000014-create-member-acts.js';
import { CreateProvenance1795400000021 } from './1795400000021-create-provenance.js';
import { CreateAuditEvents1795400000022 } from './1795400000022-create-audit-events.js';
import { CreateFeedAccess1795400000023 } from './1795400000023-create-feed-access.js';
import { CreateStates1795400000024 } from './1795400000024-create-states.js';
import { CreateEvidenceReads1795400000025 } from './1795400000025-create-evidence-reads.js';
import { CreateAccessHorizon1795400000026 } from './1795400000026-create-access-horizon.js';
import { CreateErasures1795400000032 } from './1795400000032-create-erasures.js';
import { ForgetKeyStatistics1795400000033 } from './1795400000033-forget-key-statistics.js';
import { TellErasures1795400000034 } from './1795400000034-tell-erasures.js';
import { TellWhatErasuresLeft1795400000035 } from './1795400000035-tell-what-erasures-left.js';
import { CreateHeadMismatchList1795400000027 } from './1795400000027-create-head-mismatch-list.js';
import { CreateRollups1795400000028 } from './1795400000028-create-rollups.js';
import { CreateHorizons1795400000029 } from './1795400000029-create-horizons.js';

export * from './table-isolation.js';

/** Every migration, oldest first. One is never edited once released: write another. */
export const MIGRATIONS = [
  CreateHub1790000000000,
  CreateLedger1795400000001,
  CreateMembership1795400000002,
  CreateIntake1795400000003,
  CreateSignals1795400000004,
  CreateFeed1795400000005,
  CreateAccess1795400000006,
  CreatePeople1795400000007,
  CreateProofReplay1795400000008,
  CreateKeyLifecycle1795400000009,
  CreateApplications1795400000010,
  CreateApplicationChecks1795400000011,
  CreateConformance1795400000012,
  CreateMemberActs1795400000014,
  CreateProvenance1795400000021,
  CreateAuditEvents1795400000022,
  CreateFeedAccess1795400000023,
  CreateStates1795400000024,
  CreateEvidenceReads1795400000025,
  CreateAccessHorizon1795400000026,
  CreateHeadMismatchList1795400000027,
  CreateRollups1795400000028,
  CreateHorizons1795400000029,
  CreateErasures1795400000032,
  ForgetKeyStatistics1795400000033,
  TellErasures1795400000034,
  TellWhatErasuresLeft1795400000035,
] as const;
