import { admissionAnnotation, unjudged } from "../../documents/admission/policy";
import { isOwnService } from "../../documents/admission/rules";
import { found, type Path, type Problem } from "../../documents/shared/problem";

/** The namespace of a service's Rule, and its gateway's. */
interface Namespaces {
  readonly own: string;
  readonly ofGateway: string;
}

/** An upstream to which the gateway's admission policy lets a Rule lead only if the Rule's namespace is exempted. */
export function foreignUpstream(path: Path, { own, ofGateway }: Namespaces, url: string): Problem[] {
  if (own === ofGateway || isOwnService(own, url)) return [];
  return [
    {
      path: path("upstream"),
      value: found(url),
      reason: `is not a Service of ${own}, the namespace of the Rule: the API server refuses that, unless the namespace has the annotation ${admissionAnnotation}=${unjudged}`,
      fix: `Name a Service of ${own}, by a url as http://NAME.${own}.svc:PORT, or leave namespace out.`,
    },
  ];
}
