/** The version of the sentence below. A change of the words is a new version. */
export const CONSENT_WORDING = "2026-11-30";

export const CONSENT_SENTENCE =
  "I am the child’s parent or guardian, and I agree that everyone with the link sees the child’s first name and photo.";
