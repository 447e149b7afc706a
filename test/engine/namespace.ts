import { kubectl } from "../../dev/kubectl";
import { testCluster } from "../cluster/run";

export interface LiveObject {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  readonly data?: Readonly<Record<string, string>>;
}

/** A namespace for a test's objects, which the test reads and changes without the engine. */
export class TestNamespace {
  constructor(readonly name: string) {}

  async create(): Promise<void> {
    // An interrupted run left it.
    await kubectl(await testCluster(), ["delete", "namespace", this.name, "--ignore-not-found"]);
    await kubectl(await testCluster(), ["create", "namespace", this.name]);
  }

  async remove(): Promise<void> {
    await kubectl(await testCluster(), ["delete", "namespace", this.name, "--wait=false"]);
  }

  async kubectl(...args: readonly string[]): Promise<string> {
    return kubectl(await testCluster(), ["--namespace", this.name, ...args]);
  }

  async get(kind: string, name: string): Promise<LiveObject> {
    return JSON.parse(await this.kubectl("get", kind, name, "--output=json")) as LiveObject;
  }

  /** Names of the objects of some kinds, as `<plural>/<name>`, without those that every namespace has. */
  async list(...kinds: readonly string[]): Promise<readonly string[]> {
    const names = await this.kubectl("get", kinds.join(","), "--output=name");
    return names.split("\n").filter((name) => name !== "" && name !== "configmap/kube-root-ca.crt");
  }
}
