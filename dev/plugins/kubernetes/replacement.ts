import { textAt, type Path, type Properties } from "../protocol/values";
import { groupOf } from "./objects";

const IDENTITY = ["kind", "metadata.name", "metadata.namespace"];

const STATEFUL_SET_MUTABLE = [
  "replicas",
  "template",
  "updateStrategy",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
  "revisionHistoryLimit",
  "ordinals",
];

interface Immutable {
  readonly fields: readonly string[];
  /** Parts of the fields that can change nevertheless. */
  readonly except?: readonly string[];
}

/** What cannot change in place, by `<group>/<kind>`. */
const immutable: Readonly<Record<string, Immutable>> = {
  // Replaced rather than changed, so that whatever names an autonamed one rolls out anew.
  "/ConfigMap": { fields: ["data", "binaryData", "immutable"] },
  "/Secret": { fields: ["data", "stringData", "type", "immutable"] },
  "/PersistentVolumeClaim": { fields: ["spec"], except: ["spec.resources"] },
  "/Pod": { fields: ["spec"] },
  "/Service": { fields: ["spec.clusterIP"] },
  "apps/DaemonSet": { fields: ["spec.selector"] },
  "apps/Deployment": { fields: ["spec.selector"] },
  "apps/ReplicaSet": { fields: ["spec.selector"] },
  "apps/StatefulSet": { fields: ["spec"], except: STATEFUL_SET_MUTABLE.map((field) => `spec.${field}`) },
  "batch/Job": { fields: ["spec.template", "spec.selector", "spec.completionMode"] },
  "rbac.authorization.k8s.io/ClusterRoleBinding": { fields: ["roleRef"] },
  "rbac.authorization.k8s.io/RoleBinding": { fields: ["roleRef"] },
  "storage.k8s.io/StorageClass": {
    fields: ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"],
  },
};

/** Those of the changed paths that need a new object. */
export function replacedPaths(changed: readonly Path[], inputs: Properties, oldInputs: Properties): Path[] {
  const group = groupOf(textAt(inputs, "apiVersion") ?? "");
  const { fields = [], except = [] } = immutable[`${group}/${textAt(inputs, "kind") ?? ""}`] ?? {};
  const groupChanged = group !== groupOf(textAt(oldInputs, "apiVersion") ?? "");
  return changed.filter((path) => {
    const dotted = path.join(".");
    if (dotted === "apiVersion") return groupChanged;
    if (dotted === "spec.type") return crossesExternalName(inputs, oldInputs);
    const inside = (field: string) => dotted === field || dotted.startsWith(`${field}.`);
    // A whole `spec` or `metadata` that came or went takes the fields in it along.
    const around = (field: string) => field.startsWith(`${dotted}.`);
    if (except.some(inside)) return false;
    return [...IDENTITY, ...fields].some((field) => inside(field) || around(field));
  });
}

function crossesExternalName(inputs: Properties, oldInputs: Properties): boolean {
  const isExternal = (service: Properties) => textAt(service, "spec", "type") === "ExternalName";
  return textAt(inputs, "kind") === "Service" && isExternal(inputs) !== isExternal(oldInputs);
}
