import { requirePackages } from "../../dev/node/prerequisites";
import { progress, runMain } from "../../cli/shared/progress";
import { runOnCluster } from "../cluster/run";
import { tearDown } from "./setup";

runMain(async () => {
  await requirePackages(["chromium"], { yes: process.env["CI"] === "true", progress: progress() });
  runOnCluster("browser", { rootHooks: { afterAll: tearDown } });
});
