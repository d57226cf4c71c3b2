import type { Objects } from "#platform/objects";

/**
 * The objects, counting how many calls had to come one after another: a call is one hop further than every call that had
 * been answered when it began. Each answer takes a turn of the event loop, so calls side by side are.
 */
export function countHops(objects: Objects): { objects: Objects; hops(): number; calls: string[] } {
  let answered = 0;
  const calls: string[] = [];
  const counted = <Stub extends object>(kind: string, stub: Stub): Stub =>
    new Proxy(stub, {
      get(target, property) {
        const method = Reflect.get(target, property) as unknown;
        if (typeof method !== "function") return method;
        return async (...args: unknown[]) => {
          const hop = answered + 1;
          calls.push(`${hop} ${kind}.${String(property)}`);
          await new Promise((resolve) => setImmediate(resolve));
          const answer: unknown = await method.apply(target, args);
          answered = Math.max(answered, hop);
          return answer;
        };
      },
    });
  return {
    objects: {
      board: (code) => counted("board", objects.board(code)),
      rateLimiter: (subject) => counted("limiter", objects.rateLimiter(subject)),
      providerSwitch: (name) => counted("switch", objects.providerSwitch(name)),
      hostAccount: (name) => counted("account", objects.hostAccount(name)),
    },
    hops: () => answered,
    calls,
  };
}
