import { externalDatabaseProblems } from "../../documents/kratos/externalDatabase";
import { countProblems, namespaceProblems, objectNameProblems } from "../../documents/shared/kubernetesNames";
import { found, ofKnown, within, type Path, type Problem } from "../../documents/shared/problem";
import { quantityProblems } from "../../documents/shared/quantity";
import { operatorScheduleProblems } from "../../documents/shared/schedule";
import type { DatabaseArgs } from "../postgres";
import type { Known } from "../shared/known";
import { imageProblems } from "../shared/imageReference";
import { nobody, peersProblems } from "../shared/peerProblems";
import { backupProblems } from "./backupProblems";
import type { CloudNativePgDatabaseArgs } from "./cloudNativePg";
import type { InClusterDatabaseArgs } from "./inCluster";

/** What is wrong with a database's arguments, whatever its kind. */
export function databaseProblems(path: Path, database: Known<DatabaseArgs>): readonly Problem[] {
  switch (database.kind) {
    case "inCluster":
      return [
        ...volumeProblems(path, database),
        ...(typeof database.backup === "object"
          ? backupProblems(within(path, "backup"), database.backup)
          : []),
      ];
    case "cloudNativePg":
      return [
        ...volumeProblems(path, database),
        ...(typeof database.backup === "object"
          ? operatorBackupProblems(within(path, "backup"), database.backup)
          : []),
        ...ofKnown(database.image, (image) => imageProblems(path("image"), image)),
        ...ofKnown(database.instances, (count) => countProblems(path("instances"), count, 3)),
        ...ofKnown(database.operatorNamespace, (name) => namespaceProblems(path("operatorNamespace"), name)),
      ];
    case "cloudSql":
      return ofKnown(database.keepBackups, (count) => countProblems(path("keepBackups"), count, 14));
    case "external":
      return [
        ...externalDatabaseProblems(path, database),
        ...(database.peers?.length === 0 ? [nobody(path("peers"), database.peers)] : []),
        ...ofKnown(database.peers, (peers) => peersProblems(path("peers"), peers)),
      ];
    case undefined:
      return [];
  }
}

/** The major version whose data the server's volume holds. */
const major = 17;

/** Refuses a server that would not start on the volume. An image without a version in its tag cannot be judged. */
export function serverImageProblems(path: string, reference: string): readonly Problem[] {
  const [, tag = ""] = reference.replace(/@.*$/, "").split(/:(?=[^/:]*$)/);
  const [version] = /^[0-9]+/.exec(tag) ?? [];
  if (version === undefined || Number(version) <= major) return [];
  return [
    {
      path,
      value: found(reference),
      reason: `cannot read what PostgreSQL ${major} wrote, and its image keeps its data in another folder`,
      fix: `Stay with ${major}, or move the data with pg_dump and pg_restore into an external database of the newer version.`,
    },
  ];
}

function operatorBackupProblems(
  path: Path,
  backup: Exclude<Known<CloudNativePgDatabaseArgs["backup"]>, "off">,
): readonly Problem[] {
  const store = "objectStore" in backup ? backup.objectStore : undefined;
  const snapshots = "volumeSnapshotClass" in backup ? backup.volumeSnapshotClass : undefined;
  return [
    ...ofKnown(store, (name) => objectNameProblems(path("objectStore"), name, "an ObjectStore")),
    ...ofKnown(snapshots, (name) =>
      objectNameProblems(path("volumeSnapshotClass"), name, "a VolumeSnapshotClass"),
    ),
    ...ofKnown(backup.schedule, (when) => operatorScheduleProblems(path("schedule"), when)),
  ];
}

function volumeProblems(
  path: Path,
  { storage, storageClass }: Known<Pick<InClusterDatabaseArgs, "storage" | "storageClass">>,
): readonly Problem[] {
  return [
    ...ofKnown(storage, (size) => quantityProblems(path("storage"), size)),
    ...ofKnown(storageClass, (name) => objectNameProblems(path("storageClass"), name, "a StorageClass")),
  ];
}
