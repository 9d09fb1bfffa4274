-- Sends the requests of a file (see signed.py) one after the other, and tells as JSON how it went.

local requests, latest = {}, 0

function init(arguments)
   local file = assert(io.open(arguments[1], "rb"))
   while true do
      local length = file:read("*n")
      if not length then break end
      file:read(1)
      requests[#requests + 1] = file:read(length)
   end
   file:close()
end

function request()
   latest = latest % #requests + 1
   return requests[latest]
end

function done(summary, latency)
   local errors = summary.errors
   io.write(string.format(
      '{"requests": %d, "seconds": %f, "bytes": %d, "p50": %f, "p99": %f, "refused": %d, "lost": %d}\n',
      summary.requests, summary.duration / 1e6, summary.bytes,
      latency:percentile(50) / 1000, latency:percentile(99) / 1000,
      errors.status, errors.connect + errors.read + errors.write + errors.timeout
   ))
end
