import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { progress } from "../../cli/shared/progress";
import { Browser } from "../../cli/verify/browser";
import { people } from "../../cli/verify/signIn";
import type { DevCluster } from "../../dev/devCluster";
import { DevStack, echoService } from "../../dev/devStack";
import { DEVELOPMENT_ZONE } from "../../dev/instances";
import { enter } from "../cluster/enter";
import { underLoad, wrongAnswers, type Report } from "../cluster/load";
import { testCluster } from "../cluster/run";

const display = progress();
const [FORMER, NEW] = ["wiki-former", "wiki-new"];
const HOST = `wiki.${DEVELOPMENT_ZONE}`;
/** Seconds; at most 2 were seen, on a machine with much other work. */
const LONGEST_GAP = 10;
const service = { ...echoService, hosts: [HOST] };

type Asked = "by somebody signed in" | "by nobody";

describe("a service that is renamed and keeps its host, on a real cluster", () => {
  let cluster: DevCluster;
  let page: string;

  before(async () => {
    cluster = await testCluster();
    page = `http://wiki.${cluster.instance.domain}/page`;
    await new DevStack(cluster, display).up();
  });
  afterEach(() => up({}));

  const up = async (services: Readonly<Record<string, object>>) => {
    await new DevStack(cluster, display, { services }).run("up");
  };

  it("is answered 500 while two Rules have its host, and nobody gets in through that", async () => {
    await up({ [FORMER]: service });
    const reports = await whileAsked(() => up({ [NEW]: service }));
    onlyWrong(reports, ["500"]);
    assert.ok(wrongAnswers(reports["by nobody"]) > 0, "the Rules never met");
  });

  it("is away only for a moment if its former Rule gets another host first", async () => {
    await up({ [FORMER]: service });
    const url = `http://${FORMER}.${cluster.instance.domain}/<**>`;
    const former = { ...service, patches: { rule: { spec: { match: { url } } } } };
    const reports = await whileAsked(async () => {
      await up({ [FORMER]: former, [NEW]: service });
      await up({ [NEW]: service });
    });
    onlyWrong(reports, ["404", "500"]);
    for (const { longestGap } of Object.values(reports))
      assert.ok(longestGap < LONGEST_GAP, `${longestGap} s`);
  });

  function onlyWrong(reports: Record<Asked, Report>, expected: readonly string[]): void {
    for (const [name, { wrong }] of Object.entries(reports))
      assert.deepEqual(
        Object.keys(wrong).filter((status) => !expected.includes(status)),
        [],
        name,
      );
  }

  /** The responses from before until after some work: ten requests a second for a page, of each kind. */
  async function whileAsked(work: () => Promise<unknown>): Promise<Record<Asked, Report>> {
    const [somebody, nobody] = [new Browser(), new Browser()];
    try {
      await enter(somebody, page, people.admitted);
      const asked = (browser: Browser, accept: string, status: number) => ({
        ask: () => browser.ask(page, { accept }),
        expected: (answer: { readonly status: number }) => answer.status === status,
        perSecond: 10,
      });
      const streams = {
        "by somebody signed in": asked(somebody, "text/html", 200),
        "by nobody": asked(nobody, "application/json", 401),
      };
      const reports = await underLoad(streams, async () => {
        await work();
        // Every proxy follows the rules later than the engine; the test waits for the absence of events.
        await sleep(3000);
      });
      for (const [name, report] of Object.entries(reports)) {
        const right = report.asked - wrongAnswers(report);
        const said = `${right} of ${report.asked}, longest gap ${report.longestGap.toFixed(1)} s`;
        process.stdout.write(`      ${name}: ${said} ${JSON.stringify(report.wrong)}\n`);
      }
      return reports;
    } finally {
      await Promise.all([somebody.close(), nobody.close()]);
    }
  }
});
