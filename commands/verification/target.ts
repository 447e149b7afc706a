/** A running gateway, as its stack's outputs describe it. */
export interface Target {
  /** URL of the login UI. */
  readonly loginUi: string;
  /** URL of the identity server's public API. */
  readonly identityServer: string;
  /** URL of one protected service. */
  readonly service: string;
  /** Name of the cookie that carries the session. */
  readonly sessionCookie: string;
}
