import { imageProblems } from "../../components/shared/imageReference";
import { containersOf, podsOf } from "../lib/pods";
import { objectPolicy } from "../lib/policy";
import { ofEach } from "../lib/unknown";

/** @see https://kubernetes.io/docs/concepts/containers/images/ */
export const imagePinned = objectPolicy({
  name: "image-pinned",
  description: "Every image has a digest, or a tag that is not latest.",
  level: "mandatory",
  why: "Else what runs changes by itself when a pod moves to another node.",
  options: {},
  *check(object) {
    const pods = podsOf(object);
    if (!pods) return;
    yield* ofEach(containersOf(pods), ({ path, container }) =>
      imageProblems(`${path}.image`, container.image ?? ""),
    );
  },
});
