import { STATUS_CODES } from "node:http";
import type { BrandedPage, Branding } from "../shared/branding";
import { escapeHtml, page, pageSecurityPolicy } from "./page";
import { requestNameHeader, requestNameShown } from "./requestName";

/** An answer of the gateway itself, with what a person or a program reads then. */
interface Answer {
  readonly status: number;
  /**
   * The same for a gRPC client.
   * @see https://grpc.io/docs/guides/status-codes/
   */
  readonly grpcStatus: number;
  readonly title: string;
  readonly text: string;
  /** Whether the page tries again by itself. */
  readonly triesAgain?: boolean;
  /** The name under which the texts of the page can be changed. */
  readonly branded?: BrandedPage;
}

/** The gateway's own answers, by their names in the audit line. */
export const answers = {
  unauthorized: {
    status: 401,
    grpcStatus: 16,
    title: "Please sign in",
    text: "Sign in, or send a token that this service accepts.",
  },
  forbidden: {
    status: 403,
    grpcStatus: 7,
    title: "This service is not open to you",
    text: "You are signed in, but you are not one of the people who may use this service. Its administrator can give you access.",
    branded: "forbidden",
  },
  "unknown-service": {
    status: 404,
    grpcStatus: 12,
    title: "There is no such service",
    text: "The gateway has no service at this address that accepts this kind of request.",
    branded: "unknownService",
  },
  "forged-header": {
    status: 400,
    grpcStatus: 3,
    title: "This request is refused",
    text: "It has a header that software trusts from a proxy.",
  },
  "ambiguous-path": {
    status: 400,
    grpcStatus: 3,
    title: "This address is refused",
    text: "Its path can be read in more than one way.",
  },
  malformed: {
    status: 400,
    grpcStatus: 3,
    title: "This request cannot be read",
    text: "It is not a request that a browser sends.",
  },
  "no-method": {
    status: 405,
    grpcStatus: 12,
    title: "This request is refused",
    text: "The gateway does not forward its method.",
  },
  "too-large": {
    status: 413,
    grpcStatus: 8,
    title: "This is too large",
    text: "The service accepts only smaller requests.",
    branded: "tooLarge",
  },
  "address-too-long": {
    status: 414,
    grpcStatus: 3,
    title: "This address is too long",
    text: "The gateway forwards only shorter ones.",
  },
  "headers-too-large": {
    status: 431,
    grpcStatus: 8,
    title: "Your browser sends too much",
    text: "Its cookies for this domain are larger than the gateway accepts. Delete them, then try again.",
  },
  misconfigured: {
    status: 500,
    grpcStatus: 13,
    title: "The gateway cannot decide",
    text: "The rules for this address cannot be applied. The gateway's administrator can find out why with the request's name.",
  },
  "upstream-down": {
    status: 502,
    grpcStatus: 14,
    title: "The service does not answer",
    text: "You may use it, but it cannot be reached. This page tries again by itself.",
    triesAgain: true,
    branded: "upstreamDown",
  },
  unavailable: {
    status: 503,
    grpcStatus: 14,
    title: "Please wait a moment",
    text: "The identity server does not answer, so nobody can be let in. This page tries again by itself.",
    triesAgain: true,
    branded: "unavailable",
  },
  "too-slow": {
    status: 504,
    grpcStatus: 4,
    title: "The service takes too long",
    text: "It did not answer in time. It may still carry out the request.",
    branded: "tooSlow",
  },
} as const satisfies Readonly<Record<string, Answer>>;

/** Why the gateway itself answers. */
export type AnswerName = keyof typeof answers;

const entries = Object.entries(answers) as [AnswerName, Answer][];

/** Answers that do not depend on the decision: the request was let through, or never understood. */
export const undecidedAnswers: readonly AnswerName[] = [
  ...(["malformed", "no-method", "too-large", "address-too-long", "headers-too-large"] as const),
  ...(["upstream-down", "too-slow"] as const),
];

const filePrefix = "answer-";
const path = "/.portcullis/answers/";

/** A status that no answer has; it leads to {@link grpcAnswer} for gRPC clients. */
const toGrpc = 418;

export interface AnswersInput {
  /** Where signed-in people see their account, and sign out. */
  readonly accountUrl: string;
  /** Where people sign out and come back as somebody else, without the query `return_to`. */
  readonly anotherAccountUrl: string;
  readonly branding: Branding;
}

/** An nginx variable in a page, escaped as HTML in any position. */
function shown(variable: string): string {
  return `<!--# echo var="${variable}" encoding="entity" default="" -->`;
}

/** The answers' files by name: a page and JSON for each answer. */
export function answerFiles(input: AnswersInput): Readonly<Record<string, string>> {
  return Object.fromEntries(
    entries.flatMap(([name, answer]) => [
      [`${filePrefix}${name}.html`, html(name, answer, input)],
      [`${filePrefix}${name}.json`, json(answer)],
    ]),
  );
}

function html(
  name: AnswerName,
  answer: Answer,
  { accountUrl, anotherAccountUrl, branding }: AnswersInput,
): string {
  const words = answer.branded === undefined ? undefined : branding.texts?.[answer.branded];
  const isForbidden = name === "forbidden";
  return page(
    {
      title: words?.title ?? answer.title,
      text: words?.text ?? answer.text,
      triesAgain: answer.triesAgain ?? false,
      request: requestNameShown,
      ...(isForbidden && { details: { Account: shown("account"), Service: shown("http_host") } }),
      links: isForbidden
        ? `<a href="${escapeHtml(anotherAccountUrl)}?return_to=${shown("asked_address")}">Use another account</a>` +
          `<a href="${escapeHtml(accountUrl)}">Your account</a>`
        : answer.triesAgain === true
          ? '<a href="">Try again now</a>'
          : "",
    },
    branding,
  );
}

/** In the format of errors of Ory's servers. No text in it is read as an instruction. */
function json({ status, text }: Answer): string {
  const error = { code: status, status: STATUS_CODES[status], message: text };
  return `${JSON.stringify({ error }).slice(0, -2)},"request":"${requestNameShown}"}}\n`;
}

/** What the answers need in the context `http`. `$answer` is set where a request ends; nginx itself sets only a status. */
export const answersContext = `map $status $answer_by_status {
  405 no-method;
  413 too-large;
  502 upstream-down;
  504 too-slow;
  default malformed;
}
map $answer $answer_name {
  "" $answer_by_status;
  default $answer;
}
map $answer_name $grpc_status_of_answer {
${entries.map(([name, { grpcStatus }]) => `  ${name} ${grpcStatus};\n`).join("")}}
map $answer_name $grpc_message_of_answer {
${entries.map(([name, { title }]) => `  ${name} "${title}";\n`).join("")}}
map $browser $answer_form {
  "" json;
  default html;
}
map $user_email $account {
  "" $user_id;
  default $user_email;
}
map $answer_name $answer_retry_after {
  unavailable 5;
  upstream-down 5;
  default "";
}
`;

const unread = { 414: "address-too-long", 494: "headers-too-large" } as const satisfies Record<
  number,
  AnswerName
>;

const statuses = [...new Set(entries.map(([, { status }]) => status))].filter(
  (status) => status !== 414 && status !== 431,
);

/**
 * Maps every status with which the gateway itself ends a request to its answer. A location's own error pages take
 * precedence. In a request that is too long, nginx does not read the headers that identify a browser.
 */
export const answerPages = `error_page ${statuses.join(" ")} ${path}$answer_name.$answer_form;
error_page 414 ${path}${unread[414]}.html;
error_page 494 =431 ${path}${unread[494]}.html;
`;

/** For the location of a subrequest: its failure is not the request's, as the error pages of the server would make it. */
export const noAnswerPages = "error_page 418 = @unavailable;";

/** Ends a request with an answer. */
export function endWith(name: AnswerName): string {
  return `set $answer ${name};
    return ${answers[name].status};`;
}

/** The location of the answers, which clients cannot request. */
export function answersLocation(folder: string, branding: Branding): string {
  return `  location ^~ ${path} {
    internal;
    if ($grpc_client) {
      return ${toGrpc};
    }
    error_page ${toGrpc} = @grpc_answer;
    alias ${folder}/${filePrefix};
    types {
      text/html html;
      application/json json;
    }
    charset utf-8;
    ssi on;
    ssi_types application/json;
    add_header Cache-Control no-store always;
    add_header Content-Security-Policy "${pageSecurityPolicy(branding, true)}" always;
    add_header Referrer-Policy no-referrer always;
    add_header Retry-After $answer_retry_after always;
    add_header X-Content-Type-Options nosniff always;
    ${requestNameHeader}
  }
${grpcAnswer}`;
}

/**
 * A gRPC client reads no page: of any status but 200, it reports only that it was another one. So the answer is in the two
 * headers that end a call without a message.
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses
 */
const grpcAnswer = `  location @grpc_answer {
    default_type application/grpc;
    add_header Grpc-Status $grpc_status_of_answer;
    add_header Grpc-Message $grpc_message_of_answer;
    add_header X-Request-Id $x_request_id;
    return 200 "";
  }
`;
