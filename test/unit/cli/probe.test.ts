import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withProbe } from "../../../cli/verify/isolation";

const IMAGE = "registry.example.com/library/busybox:1.37.0";

describe("the pods of the proof", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "portcullis-probe-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** A kubectl that knows one pod of the proxy, and keeps what it is asked. */
  async function fakeCluster(apply: string) {
    const pods = { items: [{ metadata: { name: "proxy-0" }, status: { phase: "Running" } }] };
    const script = `shift 2
echo "$*" >> ${folder}/asked
case "$1 $2" in
  "get pods") echo '${JSON.stringify(pods)}' ;;
  "get pod") printf %s '${IMAGE}' ;;
  "apply --server-side") cat >> ${folder}/applied; ${apply} ;;
esac
`;
    await writeFile(join(folder, "kubectl.sh"), script);
    return { kubeconfig: "none", kubectl: ["sh", join(folder, "kubectl.sh")] as const };
  }

  const written = (name: string) => readFile(join(folder, name), "utf8");

  it("run the gateway's own image of a shell, from wherever the gateway takes its images", async () => {
    await withProbe(await fakeCluster("true"), "portcullis", () => Promise.resolve());
    const { items } = JSON.parse(await written("applied")) as {
      items: { spec?: { containers: { image: string }[] } }[];
    };
    const images = items.flatMap(({ spec }) => spec?.containers.map(({ image }) => image) ?? []);
    assert.deepEqual(images, [IMAGE, IMAGE]);
  });

  it("go with their namespace also where they cannot be made", async () => {
    const cluster = await fakeCluster("exit 1");
    await assert.rejects(withProbe(cluster, "portcullis", () => Promise.resolve()));
    assert.match(await written("asked"), /^delete namespace portcullis-probe-[0-9a-f]+ /m);
  });
});
