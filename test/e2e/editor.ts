import assert from "node:assert/strict";
import { kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/devCluster";
import { CommandError } from "../../cli/shared/exec";
import { routeGroups } from "./definitions/routes";

const ACCOUNT = "editor";

/** Kinds that the built-in role `edit` does not know, or may no longer write. */
const further = [
  { apiGroups: ["oathkeeper.ory.sh"], resources: ["rules"] },
  { apiGroups: routeGroups, resources: ["*"] },
  { apiGroups: [""], resources: ["endpoints"] },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"] },
];

/** An object without its namespace. */
export interface Draft {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: object;
  readonly [field: string]: unknown;
}

/** An account with the built-in role `edit` in one namespace, and in no other. */
export class Editor {
  private constructor(
    private readonly cluster: DevCluster,
    readonly namespace: string,
    readonly as: readonly string[],
  ) {}

  /** Creates the namespace, and in it an account with a role. */
  static async of(
    cluster: DevCluster,
    namespace: string,
    annotations: Readonly<Record<string, string>> = {},
    role: "edit" | "admin" = "edit",
  ): Promise<Editor> {
    const rbac = { apiVersion: "rbac.authorization.k8s.io/v1" };
    const metadata = { name: ACCOUNT, namespace };
    const subjects = [{ kind: "ServiceAccount", ...metadata }];
    const bound = (name: string, kind: string, to: string) => ({
      ...rbac,
      kind: "RoleBinding",
      metadata: { name, namespace },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name: to },
      subjects,
    });
    const items = [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, annotations } },
      { apiVersion: "v1", kind: "ServiceAccount", metadata },
      { ...rbac, kind: "Role", metadata, rules: further.map((rule) => ({ ...rule, verbs: ["*"] })) },
      bound(ACCOUNT, "Role", ACCOUNT),
      bound(role, "ClusterRole", role),
    ];
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    await kubectl(cluster, ["apply", "--server-side", "--force-conflicts", "--filename", "-"], list);
    return new Editor(cluster, namespace, ["--as", `system:serviceaccount:${namespace}:${ACCOUNT}`]);
  }

  /** Runs kubectl in the namespace as the editor. */
  run(args: readonly string[], input?: string): Promise<string> {
    return kubectl(this.cluster, [...args, "--namespace", this.namespace, ...this.as], input);
  }

  /** Creates or updates an object. */
  apply(draft: Draft, ...options: string[]): Promise<string> {
    const object = { ...draft, metadata: { name: "draft", ...draft.metadata, namespace: this.namespace } };
    const args = ["apply", "--server-side", "--force-conflicts", ...options, "--filename", "-"];
    return this.run(args, JSON.stringify(object));
  }

  /** What the API server would say about an object: `admitted`, or why not. */
  async verdict(draft: Draft): Promise<string> {
    return outcome(this.apply(draft, "--dry-run=server"));
  }

  /** The same for many objects in one command: one command for each would take minutes. */
  async verdicts(drafts: readonly Draft[]): Promise<string[]> {
    const items = drafts.map((draft, index) => ({
      ...draft,
      metadata: { ...draft.metadata, name: nameOf(index), namespace: this.namespace },
    }));
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    // The API server must judge, not kubectl: one invalid object would keep kubectl from sending any of them.
    const args = ["apply", "--server-side", "--dry-run=server", "--validate=false", "--filename", "-"];
    const said = await this.run(args, list).catch((error: unknown) => {
      assert.ok(error instanceof CommandError);
      return error.output;
    });
    return drafts.map((_, index) => {
      const line = said.split("\n").find((one) => new RegExp(`\\b${nameOf(index)}\\b`).test(one));
      return line?.includes("serverside-applied") ? "admitted" : (line ?? said);
    });
  }

  /** Removes the namespace. */
  async leave(): Promise<void> {
    await kubectl(this.cluster, ["delete", "namespace", this.namespace, "--ignore-not-found"]);
  }
}

/** Drafts that tests have questions about. All are sent before the first test runs. */
export class Inquiry {
  private readonly drafts: Draft[] = [];
  private verdicts: readonly string[] = [];

  /** Takes a draft, and returns a function that later gives the API server's verdict. */
  about(draft: Draft): () => string {
    const index = this.drafts.push(draft) - 1;
    return () => this.verdicts[index] ?? "not asked";
  }

  async ask(editor: Editor): Promise<void> {
    this.verdicts = await editor.verdicts(this.drafts);
  }
}

function nameOf(index: number): string {
  return `draft-${index}`;
}

/** `admitted`, or what the API server said. */
export async function outcome(command: Promise<unknown>): Promise<string> {
  try {
    await command;
    return "admitted";
  } catch (error) {
    assert.ok(error instanceof CommandError);
    return error.output;
  }
}
