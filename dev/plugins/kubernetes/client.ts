import * as http from "node:http";
import * as https from "node:https";
import { countAt, textAt, type Properties } from "../protocol/values";
import type { Access } from "./kubeconfig";

const JSON_TYPE = "application/json";
/** Server-side apply; JSON is YAML too. */
export const APPLY_TYPE = "application/apply-patch+yaml";

interface Request {
  readonly method?: "GET" | "PATCH" | "DELETE";
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Properties;
  readonly contentType?: string;
}

/** The API server's refusal, with its own message. */
export class ApiError extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly status: Properties,
  ) {
    super(message);
  }
}

export function isNotFound(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === 404;
}

/** Requests to one API server, over connections that stay open. */
export class ApiClient {
  readonly #access: Access;
  readonly #agent: http.Agent;
  readonly #signal: AbortSignal;

  constructor(access: Access, signal: AbortSignal) {
    this.#access = access;
    this.#signal = signal;
    this.#agent =
      access.server.protocol === "http:"
        ? new http.Agent({ keepAlive: true })
        : new https.Agent({
            keepAlive: true,
            rejectUnauthorized: !access.insecure,
            ...(access.authority && { ca: access.authority }),
            ...(access.clientCertificate && {
              cert: access.clientCertificate.certificate,
              key: access.clientCertificate.key,
            }),
          });
  }

  /**
   * @throws {ApiError} when the API server refuses
   * @throws {Error} when it cannot be reached
   */
  async send(path: string, request: Request = {}): Promise<Properties> {
    const { code, text } = await this.#exchange(path, request);
    const answer = parseObject(text);
    if (code < 400) return answer;
    throw new ApiError(code, textAt(answer, "message") ?? (text.trim() || `HTTP ${String(code)}`), answer);
  }

  /** Like {@link send}, with undefined for what does not exist. */
  async find(path: string, query: Readonly<Record<string, string>> = {}): Promise<Properties | undefined> {
    try {
      return await this.send(path, { query });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  #exchange(path: string, request: Request): Promise<{ code: number; text: string }> {
    const { server, token } = this.#access;
    const url = new URL(server.pathname.replace(/\/$/, "") + path, server);
    url.search = new URLSearchParams(request.query).toString();
    const body = request.body && JSON.stringify(request.body);
    const options: http.RequestOptions = {
      method: request.method ?? "GET",
      agent: this.#agent,
      signal: this.#signal,
      headers: {
        accept: JSON_TYPE,
        "user-agent": "portcullis-stand-in",
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && {
          "content-type": request.contentType ?? JSON_TYPE,
          "content-length": Buffer.byteLength(body),
        }),
      },
    };
    return new Promise((resolve, reject) => {
      const sent = (url.protocol === "http:" ? http : https).request(url, options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          resolve({ code: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
        });
      });
      sent.on("error", (error: NodeJS.ErrnoException) => {
        if (this.#signal.aborted) {
          reject(new Error("interrupted"));
        } else if (sent.reusedSocket && error.code === "ECONNRESET") {
          // The server closed an idle connection just as it was used again: nothing has been received.
          this.#exchange(path, request).then(resolve, reject);
        } else {
          reject(
            new Error(
              `cannot reach the API server at ${server.origin}: ${error.message || String(error.code)}`,
            ),
          );
        }
      });
      sent.end(body);
    });
  }
}

function parseObject(text: string): Properties {
  try {
    return JSON.parse(text) as Properties;
  } catch {
    return {};
  }
}

/** Seconds after which the API server asks to come again, 0 when it does not. */
export function retryAfter(error: ApiError): number {
  return countAt(error.status, "details", "retryAfterSeconds");
}
