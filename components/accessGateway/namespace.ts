import { Namespace } from "@pulumi/kubernetes/core/v1";
import { all, type ComponentResource, type Input, type Output, type Resource } from "@pulumi/pulumi";
import {
  annotationsProblems,
  labelsProblems,
  namespaceProblems,
} from "../../documents/shared/kubernetesNames";
import { found, ofKnown, within, type Path, type Problem } from "../../documents/shared/problem";
import type { Known } from "../shared/known";
import type { Annotations, Labels } from "../shared/labels";

/** The namespace of a gateway's parts. */
export interface GatewayNamespaceArgs {
  /**
   * Its name.
   * @default "portcullis"
   */
  readonly name?: Input<string>;
  /**
   * Whether the gateway makes it, or it is there already. Of a gateway that has made it, `false` deletes it, and the
   * database in it.
   * @default true
   */
  readonly create?: boolean;
  /**
   * Further labels of the namespace that the gateway makes, for example `istio.io/dataplane-mode: none`. It has
   * `pod-security.kubernetes.io/enforce: restricted` itself, which its pods meet.
   * @default none
   * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
   */
  readonly labels?: Labels;
  /**
   * Annotations of the namespace that the gateway makes, for example `field.cattle.io/projectId`.
   * @default none
   * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/
   */
  readonly annotations?: Annotations;
}

/** With what decides whether and how it is made. */
export type SettledNamespace = GatewayNamespaceArgs & Required<Pick<GatewayNamespaceArgs, "name" | "create">>;

/** @see https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces */
const podSecurity = { "pod-security.kubernetes.io/enforce": "restricted" } as const;

/** Why a namespace's label is nobody else's to set. */
const setOtherwise: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(podSecurity).map(([key, value]) => [key, `is set by the gateway, to ${found(value)}`]),
  ),
  "kubernetes.io/metadata.name": "is set by the API server, to the name of the namespace",
};

/** Checks a gateway's namespace, of which a stack's file may say no more than the name. */
export function gatewayNamespaceProblems(
  path: Path,
  namespace: string | Known<GatewayNamespaceArgs>,
): readonly Problem[] {
  if (typeof namespace === "string") return namespaceProblems(path("namespace"), namespace);
  const own = within(path, "namespace");
  const { name, create, labels, annotations } = namespace;
  return [
    ...ofKnown(name, (known) => namespaceProblems(own("name"), known)),
    ...(create === false
      ? Object.entries({ labels, annotations }).flatMap(([property, given]) =>
          ofKnown(given, (known) => [ofNoneMade(own(property), known)]),
        )
      : [
          ...ofKnown(labels, (known) => [
            ...labelsProblems(own("labels"), known),
            ...takenLabelProblems(own("labels"), known),
          ]),
          ...ofKnown(annotations, (known) => annotationsProblems(own("annotations"), known)),
        ]),
  ];
}

function ofNoneMade(path: string, given: object): Problem {
  return {
    path,
    value: found(given),
    reason: "would be those of a namespace that the gateway does not make",
    fix: "Leave it out, and have whoever makes the namespace set them; or leave create out.",
  };
}

function takenLabelProblems(path: string, labels: Readonly<Record<string, unknown>>): Problem[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const reason = Object.hasOwn(setOtherwise, key) ? setOtherwise[key] : undefined;
    if (reason === undefined) return [];
    return [{ path: `${path}[${found(key)}]`, value: found(value), reason, fix: "Leave it out." }];
  });
}

/**
 * Makes the namespace, unless it is there already.
 *
 * @param after what is made before anything in it
 * @param isProtected whether Pulumi refuses to delete it
 * @returns its name
 */
export function createNamespace(
  gateway: string,
  { name, create, labels, annotations }: SettledNamespace,
  after: Resource,
  isProtected: boolean,
  parent: ComponentResource,
): Output<string> {
  // What waits for the name waits for what is before it.
  if (!create) return all([name, after.urn]).apply(([given]) => given);
  return new Namespace(
    gateway,
    { metadata: { name, labels: { ...labels, ...podSecurity }, ...(annotations && { annotations }) } },
    { parent, dependsOn: [after], ...(isProtected && { protect: true }) },
  ).metadata.name;
}
