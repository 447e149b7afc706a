import { hostProblems, parseDomain } from "../documents/oathkeeper/hosts";
import { upstreamProblems } from "../documents/oathkeeper/upstream";
import { policies } from "../policy/registry";
import { judge } from "../test/unit/policy/harness";
import { protectedStack } from "../test/unit/policy/programs";

/** Checks the arguments of some services, all of them valid, as the components do; returns how many seconds that took. */
export function guardSeconds(services: number): number {
  const domain = parseDomain("apps.example.com");
  const names = Array.from({ length: services }, (_, index) => `service-${index}`);
  const started = performance.now();
  const hosts = names.map((name) => ({ path: `services.${name}.hosts[0]`, host: `${name}.${domain.name}` }));
  const problems = [
    ...hostProblems(domain, hosts),
    ...names.flatMap((name) => upstreamProblems(`services.${name}.upstream`, `http://${name}.apps.svc:80`)),
  ];
  const seconds = (performance.now() - started) / 1000;
  if (problems.length > 0) throw new RangeError("the services were meant to be good");
  return seconds;
}

/** Runs the whole policy pack on a stack of this many resources, as a gateway makes them; returns how many seconds that took. */
export async function policySeconds(count: number): Promise<number> {
  const kinds = await protectedStack();
  const resources = Array.from({ length: count }, (_, index) => {
    const [kind = kinds[0]] = kinds.slice(index % kinds.length);
    if (!kind) throw new RangeError("a gateway without resources");
    return { ...kind, name: `${kind.name}-${index}` };
  });
  const started = performance.now();
  for (const policy of policies) judge(policy, resources);
  return (performance.now() - started) / 1000;
}
