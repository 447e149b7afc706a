/**
 * Nine mistakes in the settings of the stack `dev`, of each kind: an unknown setting, a wrong type, a wrong form inside,
 * and what only a check of values finds. The client secret ends with a space.
 */
export const nineMistakes = {
  settings: {
    colour: "red",
    replicas: "two",
    session: { lifespan: "24", checkCache: "2h" },
    metricsFrom: [{}],
    secondFactor: "always",
    database: {
      kind: "external",
      host: "db.example.com:5432",
      database: "kratos",
      user: "kratos",
      password: { secretName: "database", key: "password" },
    },
    services: {
      Grafana: { upstream: { url: "http://grafana.monitoring.svc" }, isolation: "none" },
    },
  },
  lines: [
    'portcullis:replicas: has the wrong form (found "two"). Write a number.',
    'portcullis:secondFactor: has the wrong form (found "always"). Write "off" or "optional" or "required".',
    'portcullis:session.lifespan: has the wrong form (found "24"). Write a number and a unit, for example "24h", "30m" or "5s".',
    "portcullis:colour: is not a setting (found text). Remove it, or correct its name: Pulumi.yaml lists the settings.",
    'portcullis:services.Grafana: is not the name of a service (found "Grafana"). Use lower-case letters, digits and hyphens, at most 52, with a letter or digit at both ends.',
    "portcullis:metricsFrom[0]: names nobody (found {}). Write pods by namespaceSelector and podSelector, or addresses by ipBlock.",
    'portcullis:database.host: has a port (found "db.example.com:5432"). Write the bare name or address, for example "postgres.example.com", and the port as port.',
    'portcullis:session.checkCache: lets somebody whose session was revoked, or who has signed out, continue for longer than a minute (found "2h"). Write at most "60s": the default, "5s", spares the identity server nearly as much.',
    "portcullis:clientSecret.stub: begins or ends with white space (found a secret). Set it again without the white space, for example with printf and a pipe.",
  ],
} as const;
