import type { EngineEvent, OpMap, Stack } from "@pulumi/pulumi/automation";
import { describeProblem, type Problem } from "../../documents/shared/problem";

/** A policy's finding about a resource, or about the whole stack. */
export interface PolicyFinding {
  readonly policy: string;
  /** Empty for the whole stack. */
  readonly urn: string;
  readonly message: string;
}

/** A resource of the program or of the state, with its inputs as far as they are known. */
export interface PlannedResource {
  readonly urn: string;
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Its current inputs, if it exists. */
  readonly former?: Readonly<Record<string, unknown>>;
  /** Whether it exists now and would be removed. */
  readonly isRemoved: boolean;
}

/** What a run of the program and its policies would do, and which problems it has. */
export interface Preview {
  readonly changes: Readonly<OpMap>;
  readonly findings: readonly PolicyFinding[];
  readonly planned: readonly PlannedResource[];
  /** Errors of the program, a provider or the engine. */
  readonly errors: readonly string[];
  /** Warnings of the program. */
  readonly warnings: readonly string[];
}

export interface PolicyPackChoice {
  readonly folder: string;
  /** JSON file with levels and options. */
  readonly configuration: string;
}

export interface PreviewOptions {
  readonly policyPack?: PolicyPackChoice;
  readonly onOutput?: (chunk: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Previews a stack. A program that is refused is a result, not an error.
 *
 * @throws {CommandError} when the engine failed and did not say why
 */
export async function previewStack(stack: Stack, options: PreviewOptions): Promise<Preview> {
  const { policyPack, onOutput, signal } = options;
  const findings: PolicyFinding[] = [];
  const planned: PlannedResource[] = [];
  const errors: string[] = [];
  const warnings: string[] = [];
  let isStopped = false;
  const onEvent = ({ policyEvent, resourcePreEvent, diagnosticEvent }: EngineEvent) => {
    if (policyEvent) {
      const { policyName, resourceUrn = "", message, enforcementLevel } = policyEvent;
      isStopped ||= enforcementLevel === "mandatory";
      findings.push({ policy: policyName, urn: resourceUrn, message: plain(message) });
    }
    const { old, new: wanted } = resourcePreEvent?.metadata ?? {};
    const resource = wanted ?? old;
    if (resource) {
      const { urn, type, inputs } = resource;
      planned.push({
        ...{ urn, type, inputs: inputs as PlannedResource["inputs"], isRemoved: !wanted },
        ...(old && { former: old.inputs as PlannedResource["inputs"] }),
      });
    }
    if (diagnosticEvent?.severity === "error") errors.push(plain(diagnosticEvent.message));
    if (diagnosticEvent?.severity === "warning" && isOurs(diagnosticEvent.urn))
      warnings.push(plain(diagnosticEvent.message));
  };
  const changes = await stack
    .preview({
      onEvent,
      color: "never",
      suppressProgress: true,
      ...(policyPack && {
        policyPacks: [policyPack.folder],
        policyPackConfigs: [policyPack.configuration],
      }),
      ...(onOutput && { onOutput, onError: onOutput }),
      ...(signal && { signal }),
    })
    .then(
      ({ changeSummary }) => changeSummary,
      (error: unknown) => {
        if (!isCommandError(error) || !(isStopped || errors.length > 0)) throw error;
        return {};
      },
    );
  const causes = errors.filter((message) => !isAftermath(message));
  return { changes, findings, planned, errors: causes.length > 0 ? causes : errors, warnings };
}

/** Compares names: a stack of another copy of the SDK has its own class, and loading that copy here would replace the first. */
export function isCommandError(error: unknown): boolean {
  return error instanceof Error && error.name === "CommandError";
}

/** The result for a stack that the engine could not run at all. */
export function refusedPreview(problems: readonly Problem[]): Preview {
  return { changes: {}, findings: [], planned: [], errors: problems.map(describeProblem), warnings: [] };
}

/** Whether the engine only stopped what it was doing, because something else had failed. */
function isAftermath(message: string): boolean {
  return message.endsWith("context canceled");
}

/** Whether the message is about one of our components, and not from a provider. */
function isOurs(urn = ""): boolean {
  return /[:$]portcullis:index:\w+::/.test(urn);
}

/** Removes the engine's colour marks. */
function plain(text: string): string {
  return text.replace(/<\{%.*?%\}>/g, "").trim();
}
