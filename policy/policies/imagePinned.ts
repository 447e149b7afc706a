import { digestProblems, imageProblems } from "../../components/shared/imageReference";
import { containersOf, podsOf } from "../lib/pods";
import { objectPolicy } from "../lib/policy";
import { ofEach } from "../lib/unknown";

export const imagePinned = objectPolicy<{ requireDigest: boolean }>({
  name: "image-pinned",
  description: "Every image has a digest, or a tag that is not latest.",
  level: "mandatory",
  severity: "medium",
  why: "Otherwise what runs changes by itself when a pod moves to another node.",
  remediationSteps: "Name the image by a digest, or by a tag that is not latest.",
  url: "https://kubernetes.io/docs/concepts/containers/images/",
  options: {
    requireDigest: {
      type: "boolean",
      description: "Whether a tag is not enough: a registry may give it to another image.",
      default: false,
    },
  },
  *check(object, { requireDigest }) {
    const pods = podsOf(object);
    if (!pods) return;
    const problems = requireDigest ? digestProblems : imageProblems;
    yield* ofEach(containersOf(pods), ({ path, container }) =>
      problems(`${path}.image`, container.image ?? ""),
    );
    yield* ofEach(pods.spec.volumes ?? [], ({ image }, at) =>
      image ? problems(`${pods.path}.volumes[${at}].image.reference`, image.reference ?? "") : [],
    );
  },
});
