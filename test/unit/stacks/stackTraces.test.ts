import assert from "node:assert/strict";
import { withPlainStackTraces } from "../../../stacks/stackTraces";

describe("the stack traces of a program", () => {
  const hook = "prepareStackTrace";
  const before = Object.getOwnPropertyDescriptor(Error, hook);

  beforeEach(() => {
    Object.defineProperty(Error, hook, { value: () => "led back", configurable: true, writable: true });
  });
  afterEach(() => {
    Reflect.deleteProperty(Error, hook);
    if (before) Object.defineProperty(Error, hook, before);
  });

  it("are not mapped back to TypeScript while it runs, or afterwards", () => {
    const during = withPlainStackTraces(() => new Error("a resource's").stack);
    assert.match(during ?? "", /^Error: a resource's\n +at /);
    assert.match(new Error("a promise's").stack ?? "", /^Error: a promise's\n +at /);
  });

  it("are mapped back when an error ends it", () => {
    const end = () =>
      withPlainStackTraces(() => {
        throw new Error("the end");
      });
    assert.throws(end, ({ stack }: Error) => stack === "led back");
  });

  it("are mapped back when an error ends a program that waits for something", async () => {
    const end = withPlainStackTraces(async () => {
      await Promise.resolve();
      throw new Error("the end");
    });
    await assert.rejects(end, ({ stack }: Error) => stack === "led back");
  });
});
