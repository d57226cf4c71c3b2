/**
 * The versions of the partner API, oldest first, each named by the day it came. A breaking change makes a new one; what breaks is
 * written down in docs/partners/versioning.md, and what changed in docs/partners/changelog.md.
 */
export const API_VERSIONS = ["2026-12-01"] as const;
export type ApiVersion = (typeof API_VERSIONS)[number];

/** What a request without `Chipin-Version` gets, and the version of every event. */
export const API_VERSION: ApiVersion = "2026-12-01";
