import type { PolicyComplianceFramework } from "@pulumi/policy";

/** A requirement of OWASP's standard for applications, by number. */
export function asvs(requirement: string): PolicyComplianceFramework {
  return {
    name: "OWASP Application Security Verification Standard",
    version: "4.0.3",
    reference: requirement,
    specification: "https://owasp.org/www-project-application-security-verification-standard/",
  };
}

/** The profile for pods of a login; its checks change with Kubernetes. */
export const restrictedPods: PolicyComplianceFramework = {
  name: "Kubernetes Pod Security Standards",
  version: "1.34",
  reference: "Restricted",
  specification: "https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted",
};
