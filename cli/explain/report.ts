import { tableCell } from "../shared/markdown";
import type { Explanation, Question } from "../../documents/oathkeeper/decision";

/** For a terminal. */
export function asText(question: Question, explanation: Explanation, signIn: readonly string[]): string {
  const lines = [
    `${explanation.decision}: ${sentence(question)}`,
    `  ${explanation.answer}`,
    ...explanation.because.map((reason) => `  - ${reason}`),
    ...(explanation.upstream === undefined ? [] : [`  Upstream: ${explanation.upstream}`]),
    ...(signIn.length === 0 ? [] : ["  A first sign-in through", ...signIn.map((line) => `  - ${line}`)]),
  ];
  return `${lines.join("\n")}\n`;
}

/** For a ticket. */
export function asMarkdown(question: Question, explanation: Explanation, signIn: readonly string[]): string {
  const lines = [
    `### ${explanation.decision}: ${tableCell(sentence(question))}`,
    "",
    explanation.answer,
    "",
    ...explanation.because.map((reason) => `- ${tableCell(reason)}`),
    ...signIn.map((line) => `- A first sign-in through ${tableCell(line)}`),
  ];
  return `${lines.join("\n")}\n`;
}

function sentence({ url, method, email = "nobody who is signed in" }: Question): string {
  return `${method} ${url.href} by ${email}`;
}
