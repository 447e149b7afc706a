"""Debian 12 has semver 2, which has another name for the class that Pulumi's SDK takes from semver 3."""

import semver

if not hasattr(semver, "Version"):
    semver.Version = semver.VersionInfo
