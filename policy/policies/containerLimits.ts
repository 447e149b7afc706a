import { found, type Problem } from "../../documents/shared/problem";
import { containersOf, podsOf } from "../lib/pods";
import { objectPolicy } from "../lib/policy";
import { ofEach } from "../lib/unknown";

export const containerLimits = objectPolicy({
  name: "container-limits",
  description: "Every container requests CPU and memory, and has a memory limit.",
  level: "mandatory",
  severity: "low",
  why: "Without requests the scheduler overfills a node; without a limit one leak takes the node's other pods down.",
  remediationSteps: "Set resources.requests and resources.limits.memory of the container.",
  url: "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
  options: {},
  *check(object): Generator<Problem> {
    const pods = podsOf(object);
    if (!pods) return;
    yield* ofEach(containersOf(pods), function* ({ path, container }) {
      const { requests = {}, limits = {} } = container.resources ?? {};
      // The API server sets a missing request to the limit.
      if (requests["cpu"] === undefined && limits["cpu"] === undefined)
        yield missing(`${path}.resources.requests.cpu`, "100m");
      if (requests["memory"] === undefined && limits["memory"] === undefined)
        yield missing(`${path}.resources.requests.memory`, "64Mi");
      if (limits["memory"] === undefined) yield missing(`${path}.resources.limits.memory`, "256Mi");
    });
  },
});

function missing(path: string, example: string): Problem {
  return { path, value: found(undefined), reason: "is missing", fix: `Write for example ${example}.` };
}
