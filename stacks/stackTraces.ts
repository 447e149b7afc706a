const hook = "prepareStackTrace";

/**
 * Runs a program with raw stack traces, in the lines of the transpiled files. The SDK takes a trace of every resource
 * and of every promise, and mapping each one back to TypeScript is a quarter of the program's time. The trace of an
 * error that ends the program is mapped back.
 */
export function withPlainStackTraces<T>(program: () => T): T {
  const mapped = Object.getOwnPropertyDescriptor(Error, hook);
  const ledBack = (error: unknown): never => {
    if (mapped) Object.defineProperty(Error, hook, mapped);
    throw error;
  };
  Reflect.deleteProperty(Error, hook);
  try {
    const result = program();
    return result instanceof Promise ? (result.catch(ledBack) as T) : result;
  } catch (error) {
    return ledBack(error);
  }
}
