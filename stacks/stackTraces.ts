const hook = "prepareStackTrace";

/**
 * Runs a program with stack traces as they are, in the lines of the transpiled files. The SDK takes a trace of every
 * resource and of every promise, and to lead each one back to TypeScript is a quarter of the program's time. An error
 * that ends the program is led back.
 */
export function withPlainStackTraces<T>(program: () => T): T {
  const mapped = Object.getOwnPropertyDescriptor(Error, hook);
  Reflect.deleteProperty(Error, hook);
  try {
    return program();
  } catch (error) {
    if (mapped) Object.defineProperty(Error, hook, mapped);
    throw error;
  }
}
