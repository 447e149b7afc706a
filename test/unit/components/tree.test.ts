import assert from "node:assert/strict";
import { run } from "../mocks";
import { service } from "./programs";

describe("the resources of a gateway with one service", () => {
  it("are exactly these: a changed name deletes and makes anew, identities included", async () => {
    const { made } = await run(() => service());
    assert.deepEqual(made.names, [
      "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy access-rules-admission",
      "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding access-rules-admission",
      "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition access-rules",
      "kubernetes:apps/v1:Deployment access-identity",
      "kubernetes:apps/v1:Deployment access-login-ui",
      "kubernetes:apps/v1:Deployment access-proxy",
      "kubernetes:apps/v1:Deployment access-rules",
      "kubernetes:apps/v1:StatefulSet access-postgres",
      "kubernetes:batch/v1:CronJob access-identity-cleanup",
      "kubernetes:batch/v1:CronJob access-postgres-backup",
      "kubernetes:batch/v1:CronJob access-postgres-restore",
      "kubernetes:batch/v1:Job access-identity-migrate",
      "kubernetes:core/v1:ConfigMap access-identity",
      "kubernetes:core/v1:ConfigMap access-postgres-backups",
      "kubernetes:core/v1:ConfigMap access-proxy",
      "kubernetes:core/v1:ConfigMap access-rules",
      "kubernetes:core/v1:Namespace access",
      "kubernetes:core/v1:PersistentVolumeClaim access-postgres",
      "kubernetes:core/v1:PersistentVolumeClaim access-postgres-backups",
      "kubernetes:core/v1:Secret access-identity",
      "kubernetes:core/v1:Secret access-login-ui",
      "kubernetes:core/v1:Secret access-postgres",
      "kubernetes:core/v1:Secret access-proxy-signing",
      "kubernetes:core/v1:Service access-identity-admin",
      "kubernetes:core/v1:Service access-identity-public",
      "kubernetes:core/v1:Service access-login-ui",
      "kubernetes:core/v1:Service access-postgres",
      "kubernetes:core/v1:Service access-proxy",
      "kubernetes:core/v1:Service access-proxy-api",
      "kubernetes:core/v1:Service access-proxy-door",
      "kubernetes:core/v1:Service access-proxy-keys",
      "kubernetes:core/v1:Service access-proxy-metrics",
      "kubernetes:core/v1:Service access-rules",
      "kubernetes:core/v1:Service access-rules-metrics",
      "kubernetes:core/v1:ServiceAccount access-rules",
      "kubernetes:networking.k8s.io/v1:Ingress access-identity",
      "kubernetes:networking.k8s.io/v1:Ingress access-login-ui",
      "kubernetes:networking.k8s.io/v1:Ingress vmagent",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy access-default-deny",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy access-identity",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy access-login-ui",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy access-postgres",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy access-proxy",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy access-rules",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy vmagent",
      "kubernetes:oathkeeper.ory.sh/v1alpha1:Rule access-rules-sentinel",
      "kubernetes:oathkeeper.ory.sh/v1alpha1:Rule vmagent",
      "kubernetes:policy/v1:PodDisruptionBudget access-identity",
      "kubernetes:policy/v1:PodDisruptionBudget access-login-ui",
      "kubernetes:policy/v1:PodDisruptionBudget access-proxy",
      "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole access-only-one-gateway-per-cluster",
      "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole access-rules",
      "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding access-rules",
      "portcullis:index:AccessGateway access",
      "portcullis:index:AccessProxy access-proxy",
      "portcullis:index:IdentityServer access-identity",
      "portcullis:index:LoginUi access-login-ui",
      "portcullis:index:OidcClient staff",
      "portcullis:index:Postgres access-postgres",
      "portcullis:index:ProtectedService vmagent",
      "portcullis:index:RuleAdmission access-rules-admission",
      "portcullis:index:RuleOperator access-rules",
      "random:index/randomPassword:RandomPassword access-identity-cipher-1",
      "random:index/randomPassword:RandomPassword access-identity-cookie-1",
      "random:index/randomPassword:RandomPassword access-identity-default-1",
      "random:index/randomPassword:RandomPassword access-identity-pagination-1",
      "random:index/randomPassword:RandomPassword access-login-ui-cookie",
      "random:index/randomPassword:RandomPassword access-login-ui-csrf-cookie",
      "random:index/randomPassword:RandomPassword access-postgres-password",
      "random:index/randomPassword:RandomPassword access-proxy-signing-1",
    ]);
  });

  it("are a few more where service accounts are callers", async () => {
    const serviceAccountIssuer = "https://kubernetes.default.svc.cluster.local";
    const { made: without } = await run(() => service());
    const { made } = await run(() => service({}, { serviceAccountIssuer }));
    assert.deepEqual(
      made.names.filter((name) => !without.names.includes(name)),
      [
        "kubernetes:apps/v1:Deployment access-service-account-keys",
        "kubernetes:core/v1:ConfigMap access-service-account-keys",
        "kubernetes:core/v1:Service access-service-account-keys",
        "kubernetes:core/v1:ServiceAccount access-service-account-keys",
        "kubernetes:networking.k8s.io/v1:NetworkPolicy access-service-account-keys",
        "portcullis:index:ServiceAccountKeys access-service-account-keys",
      ],
    );
  });
});
