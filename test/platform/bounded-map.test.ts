import { expect, it } from "vitest";
import { BoundedMap } from "#platform/bounded-map";

it("BoundedMap evicts the entry that was set longest ago once it is over its capacity", () => {
  const map = new BoundedMap<string, number>(2);
  map.set("a", 1);
  map.set("b", 2);
  map.set("a", 3);
  map.set("c", 4);

  expect([map.get("a"), map.get("b"), map.get("c")]).toEqual([3, undefined, 4]);
});

it("BoundedMap has room for another entry after one is deleted", () => {
  const map = new BoundedMap<string, number>(2);
  map.set("a", 1);
  map.set("b", 2);
  map.delete("b");
  map.set("c", 3);

  expect([map.get("a"), map.get("b"), map.get("c")]).toEqual([1, undefined, 3]);
});
