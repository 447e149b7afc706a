import assert from "node:assert/strict";
import { controllerRouteAdmission } from "../../../../documents/admission/controllerRoutes";
import { endpointAdmission } from "../../../../documents/admission/endpoints";
import { gatewayRouteAdmission } from "../../../../documents/admission/gatewayRoutes";
import { ingressAdmission } from "../../../../documents/admission/ingresses";
import { trusted, type AdmissionPolicySpec } from "../../../../documents/admission/policy";
import { ruleAdmission } from "../../../../documents/admission/rules";
import { serviceAdmission } from "../../../../documents/admission/services";
import { traefikRouteAdmission } from "../../../../documents/admission/traefikRoutes";
import { parseDomain } from "../../../../documents/oathkeeper/hosts";
import { assertPinned } from "../pinned";

const domain = parseDomain("apps.example.com");
const namespace = "portcullis";
const routes = {
  domain,
  namespace,
  proxyServices: ["portcullis-proxy", "portcullis-proxy-grpc"],
  unprotectedHosts: [
    { host: "status.apps.example.com", namespace: "status" },
    { host: "*.legacy.apps.example.com", namespace: "legacy" },
  ],
};
const policies: Readonly<Record<string, AdmissionPolicySpec>> = {
  rules: ruleAdmission({ scheme: "https", domain, namespace, sentinel: "portcullis-rules-sentinel" }),
  ingresses: ingressAdmission(routes),
  gatewayRoutes: gatewayRouteAdmission(routes),
  traefikRoutes: traefikRouteAdmission(routes),
  controllerRoutes: controllerRouteAdmission(routes),
  services: serviceAdmission({ namespace }),
  endpoints: endpointAdmission({ namespace }),
};

/** Checks that also apply in the gateway's own namespace, by the first words of their messages. */
const everywhere = [
  "match.url must begin with literal hosts",
  "configMapName makes",
  "mutators must contain header:",
];

describe("admission policies", () => {
  for (const [name, policy] of Object.entries(policies)) {
    it(`for ${name} are the pinned document`, () => {
      assertPinned(`admission-${name}.json`, policy);
    });

    it(`for ${name} exempt trusted namespaces from every check except those that apply everywhere`, () => {
      for (const { expression, message } of policy.validations)
        assert.equal(
          expression.startsWith(`${trusted} || (`),
          !everywhere.some((words) => message.startsWith(words)),
          message,
        );
    });
  }

  for (const [name, build] of Object.entries({
    ingresses: ingressAdmission,
    gatewayRoutes: gatewayRouteAdmission,
    traefikRoutes: traefikRouteAdmission,
    controllerRoutes: controllerRouteAdmission,
  }))
    it(`for ${name} name no port: a host has none`, () => {
      const document = JSON.stringify(build({ ...routes, domain: parseDomain("portcullis.localhost:8081") }));
      assert.match(document, /portcullis\.localhost/);
      assert.doesNotMatch(document, /8081/);
    });
});
