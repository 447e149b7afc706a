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
