-- What wrk counted, as one line of JSON, instead of text made for reading.
function done(summary, latency, requests)
  local failed = summary.errors
  print(string.format(
    '{"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "refused": %d, "broken": %d}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, failed.status,
    failed.connect + failed.read + failed.write + failed.timeout))
end
