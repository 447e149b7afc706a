import { runOnCluster } from "../cluster/run";

/** What begins with the dev stack as it is checked in, and leaves it so: one `up` is enough for all of them. */
const asCheckedIn = [
  "admission",
  "routeAdmission",
  "upstreamAdmission",
  "decisions",
  "ruleDeletions",
  "lostState",
  "chartRoute",
  "renaming",
  "dev",
];

// The engine writes its state once, at the end of an `up`, and not after each object: a fifth of the processor time. What is true of
// an `up` that is killed, the engine's own tests prove.
process.env["PULUMI_SKIP_CHECKPOINTS"] ??= "true";

runOnCluster("e2e", {
  // What begins without the dev stack, and what takes longest, so that nobody waits for it at the end.
  first: [
    ["packed"],
    ["examples"],
    ["providers"],
    asCheckedIn,
    ["drills"],
    ["database"],
    ["monitoring"],
    ["autoscaling"],
  ],
  // It destroys the dev stack.
  last: ["nothingLeft"],
});
