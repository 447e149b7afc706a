import { readFile } from "node:fs/promises";
import { z } from "zod";
import { gatewayDefaults } from "../../components/accessGateway/defaults";
import { addressesOf } from "../../components/shared/addresses";
import { Failure, UsageError } from "./failure";
import { outputsOf } from "./pulumi";
import { errorMessage } from "../../documents/shared/errorMessage";

/** The source of the outputs of a gateway's stack: exactly one of the two. */
export interface OutputsSource {
  /** Name of a stack, as for the `pulumi` command line. */
  readonly stack?: string | undefined;
  /** Path of a file with the output of `pulumi stack output --json`. */
  readonly outputs?: string | undefined;
}

/** Outputs of a stack, by their names. */
export type Outputs = Readonly<Record<string, unknown>>;

/**
 * The outputs of a gateway's stack.
 *
 * @throws {UsageError} unless there is exactly one source
 */
export async function stackOutputs({ stack, outputs }: OutputsSource): Promise<Outputs> {
  if ((stack === undefined) === (outputs === undefined))
    throw new UsageError("Name the gateway with exactly one of --stack NAME and --outputs FILE.");
  const text = stack === undefined ? await readText(outputs ?? "") : await outputsOf(stack);
  return withAddresses(parsed(text, stack ?? outputs ?? ""));
}

/**
 * The text of a file that the user named.
 *
 * @throws {Failure} when it cannot be read
 */
export async function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: unknown) => {
    throw new Failure(`${file} cannot be read: ${errorMessage(error)}`);
  });
}

function parsed(text: string, source: string): Outputs {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    throw new Failure(`The outputs of ${source} are not a JSON object.`);
  }
}

const gatewaySchema = z.object({
  domain: z.string(),
  namespace: z.string(),
  tls: z.union([z.literal(["off", "external"]), z.looseObject({})]),
});

/**
 * A custom program exports its gateway's `ref` as `gateway`, from which the other outputs follow. The `ref` does not
 * contain the number of replicas, and no command counts them.
 */
export function withAddresses(outputs: Outputs): Outputs {
  const { success, data } = gatewaySchema.safeParse(outputs["gateway"]);
  if (!success) return outputs;
  const { loginUi, identityServer } = addressesOf(data.domain, data.tls === "off" ? "off" : "external");
  const { namespace } = data;
  const { replicas } = gatewayDefaults;
  return { namespace, replicas, loginUi: loginUi.url, identityServer: identityServer.url, ...outputs };
}
