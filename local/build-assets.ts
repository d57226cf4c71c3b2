import { buildAssets } from "./assets.ts";

await buildAssets();
