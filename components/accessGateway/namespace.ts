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
   * Name of the namespace.
   * @default "portcullis"
   */
  readonly name?: Input<string>;
  /**
   * Whether the gateway creates the namespace; `false` if it already exists. If the gateway has created it, `false`
   * deletes it, and the database in it.
   * @default true
   */
  readonly create?: boolean;
  /**
   * Further labels of the namespace that the gateway creates, for example `istio.io/dataplane-mode: none`. The gateway
   * itself sets `pod-security.kubernetes.io/enforce: restricted`, which its pods meet.
   * @default none
   * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
   */
  readonly labels?: Labels;
  /**
   * Annotations of the namespace that the gateway creates, for example `field.cattle.io/projectId`.
   * @default none
   * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/
   */
  readonly annotations?: Annotations;
}

/** With the fields set that decide how it is created. */
export type SettledNamespace = GatewayNamespaceArgs & Required<Pick<GatewayNamespaceArgs, "name" | "create">>;

/** @see https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces */
const podSecurity = { "pod-security.kubernetes.io/enforce": "restricted" } as const;

/** Who sets the labels of a namespace that an argument cannot set. */
const setOtherwise: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(podSecurity).map(([key, value]) => [key, `is set by the gateway, to ${found(value)}`]),
  ),
  "kubernetes.io/metadata.name": "is set by the API server, to the name of the namespace",
};

/** Checks a gateway's namespace, of which a stack's file may give only the name. */
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
    reason: "would belong to a namespace that the gateway does not make",
    fix: "Leave it out, and set them where the namespace is made; or leave create out.",
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
 * Creates the namespace, unless it already exists.
 *
 * @param after what is created before anything in it
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
  // What waits for the name also waits for `after`.
  if (!create) return all([name, after.urn]).apply(([given]) => given);
  return new Namespace(
    gateway,
    { metadata: { name, labels: { ...labels, ...podSecurity }, ...(annotations && { annotations }) } },
    { parent, dependsOn: [after], ...(isProtected && { protect: true }) },
  ).metadata.name;
}
