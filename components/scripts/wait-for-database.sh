#!/bin/sh
# Waits until the database answers, for a minute at most: what NetworkPolicies say of a new pod takes some network plugins
# half a minute, and every try of a Job is a new pod. It never fails: what connects next says why it cannot.
deadline=$(($(date +%s) + 60))
until pg_isready --quiet || [ "$(date +%s)" -ge "$deadline" ]; do
  sleep 1
done
