import { expect, it } from "vitest";
import { admitAttempt } from "#checkout/admit-attempt";
import { aDesk, limitersInMemory } from "../fraud/support.ts";

const GUEST = { ipAddress: "41.13.20.7", userAgent: null, country: "ZA" };
const ATTEMPT = { boardCode: "8k3m9q2rtw", submission: "a form" };

it("a guest with a token has passed no challenge when no challenge is configured", async () => {
  const { services } = aDesk(limitersInMemory());

  const admission = await admitAttempt(services, { ...GUEST, challengeToken: "made up" }, ATTEMPT);

  expect(admission).toEqual({ admitted: true, challengePassed: false });
});

it("a guest without a token is admitted within the limits and has passed no challenge", async () => {
  const { services } = aDesk(limitersInMemory());

  const admission = await admitAttempt(services, { ...GUEST, challengeToken: null }, ATTEMPT);

  expect(admission).toEqual({ admitted: true, challengePassed: false });
});
