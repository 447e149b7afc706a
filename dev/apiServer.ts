import { spawn } from "node:child_process";
import type { KubectlTarget } from "./kubectl";
import { Failure } from "../cli/shared/failure";

/** Runs `use` with the URL, without a trailing slash, under which the API server answers only this machine. */
export async function withApiServer<T>(cluster: KubectlTarget, use: (url: string) => Promise<T>): Promise<T> {
  const [command, ...first] = cluster.kubectl;
  const child = spawn(command, [...first, "--kubeconfig", cluster.kubeconfig, "proxy", "--port=0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const port = await new Promise<string>((resolve, reject) => {
      child.stdout.on("data", (chunk: Buffer) => {
        const found = /127\.0\.0\.1:(\d+)/.exec(chunk.toString())?.[1];
        if (found !== undefined) resolve(found);
      });
      child.once("error", reject);
      child.once("exit", () => {
        reject(new Failure("no kubectl proxy"));
      });
    });
    return await use(`http://127.0.0.1:${port}`);
  } finally {
    child.kill();
  }
}
