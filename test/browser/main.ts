import { requirePackages } from "../../dev/node/prerequisites";
import { progress } from "../../cli/shared/progress";
import { runOnCluster } from "../cluster/run";
import { CHROMIUM } from "./chromium";
import { tearDown } from "./setup";

process.env["PULUMI_SKIP_CHECKPOINTS"] ??= "true"; // see test/e2e/main.ts

runOnCluster("browser", {
  prepare: () => requirePackages([CHROMIUM], { yes: process.env["CI"] === "true", progress: progress() }),
  rootHooks: { afterAll: tearDown },
});
