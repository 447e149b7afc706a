import { runtime } from "@pulumi/pulumi";

/** Something that each run of a program has its own of: several runs may share a process. */
export function ofRun<T>(make: () => T): () => T {
  const made = new WeakMap<object, T>();
  return () => {
    const run = runOf(runtime.getMonitor());
    const own = made.get(run) ?? make();
    made.set(run, own);
    return own;
  };
}

/** A connection to a server may say which server. */
interface Connection {
  readonly getChannel?: () => { readonly getTarget: () => string };
}

const noRun = {};
const runsByAddress = new Map<string, object>();

/** The engine has one monitor per run. A component provider opens a new connection to it for each component. */
function runOf(monitor: (object & Connection) | undefined): object {
  const address = monitor?.getChannel?.().getTarget();
  if (address === undefined) return monitor ?? noRun;
  const run = runsByAddress.get(address) ?? {};
  runsByAddress.set(address, run);
  return run;
}
