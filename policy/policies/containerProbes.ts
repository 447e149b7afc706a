import { found, type Problem } from "../../documents/shared/problem";
import { containersOf, podsOf } from "../lib/pods";
import { objectPolicy } from "../lib/policy";
import { ofEach } from "../lib/unknown";

export const containerProbes = objectPolicy({
  name: "container-probes",
  description: "Every long-running container has a liveness probe, and one with ports a readiness probe.",
  level: "mandatory",
  severity: "low",
  why: "Without them Kubernetes sends requests to a container that cannot answer yet, and keeps one that hangs.",
  remediationSteps:
    "Add a livenessProbe, and a readinessProbe where other pods send requests to the container.",
  url: "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
  options: {},
  *check(object): Generator<Problem> {
    const pods = podsOf(object);
    if (!pods || pods.isJob) return;
    yield* ofEach(containersOf(pods), function* ({ path, container, isInitial }) {
      if (isInitial) return;
      if (!container.livenessProbe) yield missing(`${path}.livenessProbe`);
      if ((container.ports ?? []).length > 0 && !container.readinessProbe)
        yield missing(`${path}.readinessProbe`);
    });
  },
});

function missing(path: string): Problem {
  return {
    path,
    value: found(undefined),
    reason: "is missing",
    fix: "Add one, for example {httpGet: {path: /health, port: http}}.",
  };
}
