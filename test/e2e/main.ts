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
  "dev",
];

/** What destroys it, or begins without it. */
const without = ["nothingLeft", "packed", "providers"];

/** In the lane of `test:engine`, which packs the library too, and of `test:browser`. */
const secondLane = ["certManager", "drills", "packed", "providers"];

runOnCluster("e2e", { first: asCheckedIn, last: without, secondLane });
