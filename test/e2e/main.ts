import { runOnCluster } from "../cluster/run";

/** Files that begin with the dev stack as it is checked in, and leave it so: one `up` is enough for all of them. */
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

// The engine writes its state once, at the end of an `up`, and not after each object: this saves a fifth of the processor time.
// The engine's own tests prove what happens when an `up` is killed.
process.env["PULUMI_SKIP_CHECKPOINTS"] ??= "true";

runOnCluster("e2e", {
  // Files that begin without the dev stack, and the longest ones, so that nobody waits for them at the end.
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
  published: ["packed", "examples"],
  // Destroys the dev stack.
  last: ["nothingLeft"],
});
