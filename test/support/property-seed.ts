import fc from "fast-check";

// With FUZZ_SEED every property draws the same input in each run, so that a run on one commit can be repeated exactly.
const seed = process.env.FUZZ_SEED;
if (seed) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
