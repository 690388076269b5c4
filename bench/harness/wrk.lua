-- With the name of a file as argument, its content is what each request POSTs.
init = function(args)
  if args[1] then
    local file = assert(io.open(args[1]))
    wrk.method, wrk.body = "POST", file:read("*a")
    file:close()
  end
end

-- Prints what wrk measured as one line of JSON; no hook runs per request.
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests": %d, "seconds": %.6f, "p50_us": %.1f, "p99_us": %.1f, "errors": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
