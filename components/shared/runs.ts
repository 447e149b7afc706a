import { runtime } from "@pulumi/pulumi";

/** Something that each run of a program has one of: several runs may share a process. */
export function ofRun<T>(make: () => T): () => T {
  const made = new WeakMap<object, T>();
  return () => {
    const run = runOf(runtime.getMonitor());
    const own = made.get(run) ?? make();
    made.set(run, own);
    return own;
  };
}

/** What connects to a server may say which. */
interface Connection {
  readonly getChannel?: () => { readonly getTarget: () => string };
}

const noRun = {};
const runsByAddress = new Map<string, object>();

/** The engine has a monitor a run. A component provider connects to it anew for each component. */
function runOf(monitor: (object & Connection) | undefined): object {
  const address = monitor?.getChannel?.().getTarget();
  if (address === undefined) return monitor ?? noRun;
  const run = runsByAddress.get(address) ?? {};
  runsByAddress.set(address, run);
  return run;
}
