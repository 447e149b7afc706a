import assert from "node:assert/strict";
import { eventually } from "../../cli/shared/eventually";
import { accessDeniedPath } from "../../documents/nginx/accessDenied";
import { nginxPorts } from "../../documents/rules/ports";
import type { Branding } from "../../documents/shared/branding";
import { as, ProxyPod, type Asked } from "./pod";

const logo = `data:image/svg+xml;base64,${Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>").toString("base64")}`;
const branding: Branding = {
  name: "Acme & <Sons>",
  logo,
  help: { text: "Ask IT", url: "mailto:it@example.com" },
  texts: {
    unknownService: { title: "Nothing is here", text: 'Ask for it: <!--# echo var="http_cookie" -->' },
  },
};

describe("the gateway's own pages", () => {
  let pod: ProxyPod;

  before(async () => {
    pod = await ProxyPod.shared();
    await pod.follow([]);
    await pod.restart({ branding });
  });
  after(() => pod.restart());

  const headers = { ...as("alice"), accept: "text/html" };

  it("have the name, the logo, the texts and the help link of its branding", async () => {
    const answered = (status: number, path: string, asked: Asked) =>
      eventually(
        async () => {
          const page = await pod.ask(path, asked);
          assert.equal(page.status, status);
          return page;
        },
        { seconds: 15 },
      );
    const { body, headers: told } = await answered(404, "/", { host: "nowhere.apps.example.com", headers });
    assert.ok(body.includes("<title>Nothing is here · Acme &#38; &#60;Sons&#62;</title>"), body);
    assert.ok(
      body.includes(
        `<header><img src="${logo}" alt=""><span>Acme &#38; &#60;Sons&#62;</span></header>\n<h1>Nothing is here</h1>`,
      ),
      body,
    );
    assert.ok(body.includes("<p>Ask for it: &#60;!--# echo var=&#34;http_cookie&#34; --&#62;</p>"), body);
    assert.ok(body.includes('<a href="mailto:it@example.com">Ask IT</a>'), body);
    assert.match(String(told["content-security-policy"]), / img-src data:;/);
    // Until Kratos' address is known, it first sends every request to wait.
    const denied = await answered(403, accessDeniedPath, { port: nginxPorts.accessDenied, headers });
    assert.match(denied.body, /<title>[^<]+ · Acme &#38; &#60;Sons&#62;<\/title>/);
    assert.match(String(denied.headers["content-security-policy"]), / img-src data:;/);
  });
});
