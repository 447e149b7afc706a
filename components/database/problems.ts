import { externalDatabaseProblems } from "../../documents/kratos/externalDatabase";
import { countProblems, namespaceProblems, objectNameProblems } from "../../documents/shared/kubernetesNames";
import { ofKnown, within, type Path, type Problem } from "../../documents/shared/problem";
import type { DatabaseArgs } from "../postgres";
import type { Known } from "../shared/known";
import { nobody, peersProblems } from "../shared/peerProblems";
import { backupProblems } from "./backupProblems";

/** What is wrong with a database's arguments, whatever its kind. */
export function databaseProblems(path: Path, database: Known<DatabaseArgs>): readonly Problem[] {
  switch (database.kind) {
    case "inCluster":
      return [
        ...storageClassProblems(path, database.storageClass),
        ...(typeof database.backup === "object"
          ? backupProblems(within(path, "backup"), database.backup)
          : []),
      ];
    case "cloudNativePg":
      return [
        ...storageClassProblems(path, database.storageClass),
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

function storageClassProblems(path: Path, storageClass: string | undefined): readonly Problem[] {
  return ofKnown(storageClass, (name) => objectNameProblems(path("storageClass"), name, "a StorageClass"));
}
