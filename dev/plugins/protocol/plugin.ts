import type { Path, Properties } from "./values";

/** One resource of the program, as every request names it. */
export interface ResourceRef {
  readonly urn: string;
  /** Type token, for example `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  /** The name that the program gives it. */
  readonly name: string;
}

export interface CheckRequest extends ResourceRef {
  readonly inputs: Properties;
  /** Checked inputs of the last run; empty for a new resource, also for the new one of a replacement. */
  readonly oldInputs: Properties;
  /** Differs for each new resource, the same for preview and update. */
  readonly seed: Uint8Array;
}

export interface CheckAnswer {
  readonly inputs: Properties;
  readonly failures?: readonly { readonly property: string; readonly reason: string }[];
}

export interface DiffRequest extends ResourceRef {
  readonly inputs: Properties;
  readonly oldInputs: Properties;
}

export interface DiffAnswer {
  readonly changed: readonly Path[];
  /** Those of the changed paths that cannot change in place. */
  readonly replaced: readonly Path[];
  readonly deleteBeforeReplace?: boolean;
}

export interface CreateRequest extends ResourceRef {
  readonly inputs: Properties;
  readonly preview: boolean;
  /** From the resource option `customTimeouts`. */
  readonly timeoutSeconds?: number;
}

export interface UpdateRequest extends CreateRequest {
  readonly id: string;
  readonly oldInputs: Properties;
}

export interface ReadRequest extends ResourceRef {
  readonly id: string;
  /** Inputs and outputs in the state; both empty when the program reads a resource that it did not make. */
  readonly inputs: Properties;
  readonly outputs: Properties;
}

export interface DeleteRequest extends ResourceRef {
  readonly id: string;
  readonly inputs: Properties;
  readonly timeoutSeconds?: number;
}

/** A resource as it is now. */
export interface Live {
  readonly id: string;
  readonly outputs: Properties;
}

export interface Engine {
  info(message: string): void;
  /** A line that the next one for the same resource replaces; the same one again is left out. */
  status(urn: string, message: string): void;
}

export interface Context {
  readonly engine: Engine;
  /** Aborted when a person interrupts the run. */
  readonly cancelled: AbortSignal;
}

/** What a Pulumi resource plugin has to do, free of the wire format. */
export interface Plugin {
  /** @throws when an option is given that the plugin does not have. */
  configure(options: Readonly<Record<string, string>>): void;
  check(request: CheckRequest): Promise<CheckAnswer>;
  diff(request: DiffRequest): DiffAnswer;
  create(request: CreateRequest): Promise<Live>;
  /** @returns undefined when the resource is gone. */
  read(request: ReadRequest): Promise<(Live & { readonly inputs: Properties }) | undefined>;
  update(request: UpdateRequest): Promise<Properties>;
  delete(request: DeleteRequest): Promise<void>;
}

/** The resource exists but does not work (yet): the engine keeps it in the state and reports the reasons. */
export class NotReadyError extends Error {
  constructor(
    readonly live: Live & { readonly inputs?: Properties },
    readonly reasons: readonly string[],
  ) {
    super(reasons.join("\n"));
  }
}
