import type { ComponentResource, ComponentResourceOptions, Inputs } from "@pulumi/pulumi";
import type { ConstructResult, Provider } from "@pulumi/pulumi/provider";
import { readRef, type GatewayRef } from "../components/gatewayRef";
import { knownRef } from "../components/protectedService/problems";
import { ComponentProblem, InputProblem } from "../components/shared/errors";
import { nameGateway } from "../components/shared/serviceIndexes";
import type { Problem } from "../documents/shared/problem";
import { checkedService, checkedSettings } from "../stacks/settings/parse";
import { settledArguments, type Arguments } from "./arguments";
import { onlyInFiles } from "./argumentSchemas";
import { Gateway } from "./gateway";
import { packageSchema, tokens, version } from "./schema";
import { argumentsSource, byKeys, secretPlaces } from "./secretKeys";
import { Service } from "./service";

/** Creates the components for programs in any language. */
export class PortcullisProvider implements Provider {
  readonly version = version;

  getSchema(): Promise<string> {
    return Promise.resolve(JSON.stringify(packageSchema()));
  }

  async construct(
    name: string,
    type: string,
    inputs: Inputs,
    opts: ComponentResourceOptions,
  ): Promise<ConstructResult> {
    switch (type) {
      case tokens.gateway:
        return constructed(await createGateway(name, inputs, opts));
      case tokens.service:
        return constructed(await createService(name, inputs, opts));
      default:
        throw new RangeError(`there is no component ${type}`);
    }
  }
}

async function createGateway(name: string, inputs: Inputs, opts: ComponentResourceOptions): Promise<Gateway> {
  const given = await settledArguments(inputs, { secrets: secretPlaces, later: [] });
  const source = argumentsSource(`Gateway "${name}"`, given);
  const noArguments = onlyInFiles
    .filter((key) => key in given.values)
    .map((key) => ({ path: key, value: "a value", reason: "is not an argument", fix: "Remove it." }));
  const made = reported(source.subject, given, () => {
    const earlier = [...given.problems, ...noArguments];
    return new Gateway(name, checkedSettings(source, given.values, byKeys(given), earlier), opts);
  });
  await nameForServices(made.outputs.gateway);
  return made;
}

/** The services of other components know the gateway by the output that it becomes. */
async function nameForServices(made: GatewayRef): Promise<void> {
  const { isLater, values } = await settledArguments({ gateway: made }, { secrets: [], later: ["gateway"] });
  if (!isLater) nameGateway(made, values["gateway"] as GatewayRef);
}

async function createService(name: string, inputs: Inputs, opts: ComponentResourceOptions): Promise<Service> {
  const given = await settledArguments(inputs, { secrets: [], later: ["gateway"] });
  const source = argumentsSource(`Service "${name}"`, given);
  const { gateway: reference, ...values } = given.values;
  const { problems, ref } = given.isLater ? { problems: [] } : readRef(reference);
  const isRead = ref !== undefined && problems.length === 0;
  const earlier = [...given.problems, ...problems.map(ofGateway)];
  return reported(source.subject, given, () => {
    const settings = checkedService(source, name, values, isRead ? knownRef(ref) : {}, earlier);
    return new Service(name, isRead ? { gateway: ref, ...settings } : undefined, opts);
  });
}

function ofGateway(problem: Problem): Problem {
  const path = problem.path.startsWith("(") ? "gateway" : `gateway.${problem.path}`;
  return { ...problem, path };
}

/**
 * Runs what may find mistakes, and reports them by the program's names for its arguments. They are not reported as an
 * error of input properties: for those, the engine prints each value, including secrets.
 */
function reported<T>(subject: string, { hide }: Arguments, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof InputProblem || error instanceof ComponentProblem)) throw error;
    const problems = error.problems.map((one) => hide({ ...one, path: one.path.replace(/^args\./, "") }));
    throw new InputProblem(subject, problems);
  }
}

function constructed(made: ComponentResource & { readonly outputs: object }): ConstructResult {
  return { urn: made.urn, state: made.outputs };
}
