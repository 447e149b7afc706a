import { accessDeniedPages } from "../../documents/nginx/accessDeniedPages";
import { answerFiles, answers, type AnswerName } from "../../documents/nginx/answers";
import { frontPages } from "../../documents/nginx/frontPages";
import { pageSecurityPolicy } from "../../documents/nginx/page";
import type { Branding } from "../../documents/shared/branding";

/** A page of the gateway's nginx, as a browser gets it. */
export interface NginxPage {
  readonly name: string;
  readonly status: number;
  readonly html: string;
  readonly policy: string;
}

const loginUi = "https://auth.apps.example.com";

/** Sample values that nginx puts into its pages, of a realistic length. */
const filledIn: Readonly<Record<string, string>> = {
  x_request_id: "5f0c6c8e0a1b4d0f9d3e2a7b8c9d0e1f",
  account: "somebody.with.a.long.name@department.example.com",
  http_host: "grafana.apps.example.com",
  asked_address: "https://grafana.apps.example.com/d/1?a=b",
};

/** Every page of the proxy, of its access-denied endpoint and of Kratos' front, made by the code that makes their files. */
export function nginxPages(branding: Branding): readonly NginxPage[] {
  const files = answerFiles({
    accountUrl: `${loginUi}/`,
    anotherAccountUrl: `${loginUi}/portcullis/another-account`,
    branding,
  });
  const accessDenied = accessDeniedPages(branding);
  const [ofProxy, ofFront] = [true, false].map((triesAgain) => pageSecurityPolicy(branding, triesAgain));
  const policy = ofProxy ?? "";
  return [
    ...(Object.keys(answers) as AnswerName[]).map((name) => ({
      name: `answer ${name}`,
      status: answers[name].status,
      html: filled(files[`answer-${name}.html`] ?? ""),
      policy,
    })),
    { name: "access-denied refused", status: 403, html: accessDenied.refused, policy },
    { name: "access-denied unavailable", status: 503, html: accessDenied.unavailable, policy },
    ...frontPages(loginUi, branding).map(({ statuses: [status], html }) => ({
      name: `front ${String(status)}`,
      status,
      html,
      policy: ofFront ?? "",
    })),
  ];
}

function filled(html: string): string {
  return html.replace(/<!--# echo var="(\w+)"[^>]*-->/g, (_, name: string) => filledIn[name] ?? "");
}
