import { runtime, secret } from "@pulumi/pulumi";
import { explain, type Explanation, type Question } from "../documents/oathkeeper/decision";
import { ruleKind } from "../documents/oathkeeper/ruleSpec";

export type { Decision, Explanation } from "../documents/oathkeeper/decision";

/** A resource that a program makes. */
export interface MadeResource {
  /** Type token, such as `kubernetes:core/v1:Secret`. */
  readonly type: string;
  /** The name in the program. */
  readonly name: string;
  /** What the program passes to the provider, including the values of secrets. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** A Kubernetes object that a program makes. */
export interface MadeObject {
  /** Group and version. */
  readonly apiVersion: string;
  /** Such as `Ingress`. */
  readonly kind: string;
  /** If the provider would name the object, its name in the program is here. */
  readonly metadata: Readonly<Record<string, unknown>> & {
    /** The object's name. */
    readonly name: string;
  };
  /** All other fields, by their names in a manifest. */
  readonly [field: string]: unknown;
}

/** A request to the gateway that a program makes, and who sends it. */
export interface AskedOf {
  /** The full URL, `https://grafana.apps.example.com/login`. */
  readonly url: string;
  /**
   * HTTP method.
   * @default "GET"
   */
  readonly method?: string;
  /**
   * Verified address of a person who is signed in.
   * @default nobody is signed in
   */
  readonly email?: string;
}

/** How a program is run. */
export interface ProgramOptions {
  /**
   * Name of the project, which its configuration's keys begin with.
   * @default "project"
   */
  readonly project?: string;
  /**
   * Name of the stack.
   * @default "stack"
   */
  readonly stack?: string;
  /**
   * The stack's configuration by full keys, `project:key`.
   * @default none
   */
  readonly config?: Readonly<Record<string, string>>;
  /**
   * What providers return besides the inputs, by type token and name in the program.
   * @default a text for each generated password, and nothing else
   */
  readonly outputs?: (type: string, name: string) => Readonly<Record<string, unknown>> | undefined;
}

/** What a program made, for the assertions of a test. */
export class MadeProgram<T> {
  constructor(
    /** What the program returned. */
    readonly result: T,
    /** Every resource, components among them, in no particular order. */
    readonly resources: readonly MadeResource[],
  ) {}

  /** Every Kubernetes object of a kind. */
  objects(kind: string): MadeObject[] {
    return this.resources.flatMap(({ type, name, inputs }) => {
      if (!type.startsWith("kubernetes:") || inputs["kind"] !== kind) return [];
      const metadata = { name, ...(inputs["metadata"] as object | undefined) };
      return [{ apiVersion: String(inputs["apiVersion"]), kind, ...inputs, metadata }];
    });
  }

  /**
   * The one Kubernetes object of a kind and a name.
   *
   * @throws RangeError with the names that exist
   */
  object(kind: string, name: string): MadeObject {
    const all = this.objects(kind);
    const [found] = all.filter(({ metadata }) => metadata.name === name);
    if (found) return found;
    const names = all.map(({ metadata }) => metadata.name).join(", ");
    throw new RangeError(
      `The program makes no ${kind} "${name}"; it makes ${names === "" ? "none" : names}.`,
    );
  }

  /** What the gateway would do with a request, and why: who may use which service, without a cluster. */
  decision({ url, method = "GET", email }: AskedOf): Explanation {
    const question: Question = { url: new URL(url), method, email };
    return explain(this.objects(ruleKind), question);
  }
}

/**
 * Runs a program without an engine, a provider or a cluster, until everything that it makes is known. Mistakes in
 * arguments are thrown as in a preview. Run one program at a time: Pulumi keeps its mocks for the whole process.
 *
 * @example
 * const made = await runProgram(() => import("../index"), { project: "access", config: { "access:domain": "apps.example.com" } });
 * assert.equal(made.decision({ url: "https://grafana.apps.example.com/" }).decision, "unauthorized");
 * @see https://www.pulumi.com/docs/iac/guides/testing/unit/
 */
export async function runProgram<T>(
  program: () => T | Promise<T>,
  options: ProgramOptions = {},
): Promise<MadeProgram<T>> {
  const { project = "project", stack = "stack", config = {}, outputs = () => undefined } = options;
  const resources: MadeResource[] = [];
  const newResource = ({ type, name, inputs }: runtime.MockResourceArgs): runtime.MockResourceResult => {
    const given = inputs as Readonly<Record<string, unknown>>;
    resources.push({ type, name, inputs: withoutMarks(given) as MadeResource["inputs"] });
    const metadata = "metadata" in given ? { metadata: { name, ...(given["metadata"] as object) } } : {};
    const made = type.startsWith("random:") ? { result: secret(`generated for ${name}`) } : {};
    return { id: `${name}-id`, state: { ...given, ...metadata, ...made, ...outputs(type, name) } };
  };
  const call = ({ inputs }: runtime.MockCallArgs) => inputs as Record<string, unknown>;
  await runtime.setMocks({ newResource, call }, project, stack);
  runtime.setAllConfig({ ...config });
  try {
    const result = await program();
    return new MadeProgram(result, resources);
  } finally {
    // Waits for what is still being registered; after that, the returned list is complete.
    await runtime.disconnect();
    runtime.setAllConfig({});
  }
}

/** Values without the marks that say which of them are secret. */
function withoutMarks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMarks);
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Readonly<Record<string, unknown>>;
  if (fields[runtime.specialSigKey] === runtime.specialSecretSig) return withoutMarks(fields["value"]);
  return Object.fromEntries(Object.entries(fields).map(([key, one]) => [key, withoutMarks(one)]));
}
