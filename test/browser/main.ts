import { requirePackages } from "../../local/node/prerequisites";
import { progress, runMain } from "../../local/progress";
import { runOnCluster } from "../cluster/run";
import { leaveStage } from "./stage";

runMain(async () => {
  await requirePackages(["chromium"], { yes: process.env["CI"] === "true", progress: progress() });
  runOnCluster("browser", { afterAll: leaveStage });
});
