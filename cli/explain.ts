import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { exitCodes, UsageError } from "./shared/failure";
import { options as shared, printJson } from "./shared/options";
import { explain } from "../documents/oathkeeper/decision";
import { asMarkdown, asText } from "./explain/report";
import { rulesOf } from "./explain/source";
import { signInLines } from "./explain/signIn";
import { stackOutputs } from "./shared/outputs";
import { gatewayOf } from "./sessions/person";

const DESCRIPTION = `Shows for a URL and a person which Rule matches, what it asks for, what the gateway would do and why. It reads the \
Rules and asks no gateway; the person is assumed to be signed in. With a stack's outputs it also shows with which login \
providers the person could sign in.`;

/** `portcullis explain`. */
export function explainCommand() {
  return new Command("explain")
    .summary("why somebody may or may not open a URL")
    .description(DESCRIPTION)
    .requiredOption("--url <url>", "the URL that is asked for", asUrl)
    .option("--email <address>", "verified address of the person who asks; without it, nobody is signed in")
    .option("--method <method>", "HTTP method", (text) => text.toUpperCase(), "GET")
    .option("--rules <file>", "read the Rules from a file, as `kubectl get rules -A -o yaml` prints them")
    .addOption(shared.kubeconfig("read them from this cluster, instead of the one that kubectl would ask"))
    .addOption(shared.context())
    .addOption(shared.stack())
    .addOption(shared.outputs())
    .addOption(shared.json())
    .addOption(shared.markdown())
    .action(async ({ url, email, method, rules: file, kubeconfig, context, json, markdown, ...source }) => {
      if (file !== undefined && (kubeconfig ?? context) !== undefined)
        throw new UsageError("Read the Rules from a file or from a cluster, not both.");
      const rules = await rulesOf({ file, cluster: { kubeconfig, context } });
      const explanation = explain(rules, { url, method, email });
      const signIn =
        email === undefined || (source.stack ?? source.outputs) === undefined
          ? []
          : signInLines(await admissionsOf(source), email);
      if (json) printJson({ url: url.href, method, email, ...explanation, signIn });
      else
        process.stdout.write((markdown ? asMarkdown : asText)({ url, method, email }, explanation, signIn));
      if (!["allowed", "public"].includes(explanation.decision)) process.exitCode = exitCodes.found;
    });
}

async function admissionsOf(source: { stack?: string | undefined; outputs?: string | undefined }) {
  return gatewayOf(await stackOutputs(source)).admissions;
}

function asUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !["http:", "https:"].includes(url.protocol))
    throw new InvalidArgumentError("Write a whole URL, such as https://grafana.apps.example.com/login.");
  return url;
}
