import assert from "node:assert/strict";
import { durationBounds, requestMetricsContext } from "../../../documents/nginx/requestMetrics";
import { NginxMaps } from "./nginxMaps";

const maps = (variables: Readonly<Record<string, string>>) =>
  new NginxMaps(requestMetricsContext, { rule: "app.team", ...variables });
const requestBucket = (request_time: string) => maps({ request_time }).value("request_bucket");
const upstreamBucket = (upstream_header_time: string, rule = "app.team") =>
  maps({ upstream_header_time, rule }).value("upstream_bucket");

/** The number of the bucket that contains a time. */
function bucketOf(milliseconds: number): string {
  const bucket = durationBounds.findIndex((bound) => milliseconds <= bound * 1000);
  return String(bucket === -1 ? durationBounds.length : bucket);
}

const written = (milliseconds: number) => (milliseconds / 1000).toFixed(3);
const times = [...Array.from({ length: 11_001 }, (_, time) => time), 99_999, 100_000, 3_600_000];

describe("the buckets of a request's times", () => {
  it("are the first whose bound is not below the time, for every millisecond up to eleven seconds", () => {
    for (const time of times) assert.equal(requestBucket(written(time)), bucketOf(time), written(time));
  });

  it("are those of the last answer where several upstreams were asked", () => {
    for (const time of times) {
      assert.equal(upstreamBucket(written(time)), bucketOf(time));
      assert.equal(upstreamBucket(`0.001, ${written(time)}`), bucketOf(time));
      assert.equal(upstreamBucket(`9.000 : ${written(time)}`), bucketOf(time));
    }
  });

  it("are none where no upstream has answered, or no rule is known", () => {
    for (const time of ["", "-", "0.001, -"]) assert.equal(upstreamBucket(time), "-", time);
    assert.equal(upstreamBucket("0.004", ""), "-");
  });

  it("come with the times only where these may add to a sum", () => {
    const times = (upstream_header_time: string, request_time: string) =>
      maps({ upstream_header_time, request_time }).value("counted_times");
    for (const upstream of ["0.000", "-", ""]) assert.equal(times(upstream, "0.000"), "", upstream);
    assert.equal(times("0.000", "0.001"), "0.000|0.001");
    for (const upstream of ["0.001", "0.001, -", "-, 0.000"])
      assert.equal(times(upstream, "0.000"), `${upstream}|0.000`);
  });
});
