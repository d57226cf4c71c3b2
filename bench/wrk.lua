-- Posts each line of a file once, in order; without a file, repeats one GET. Says at the end what came of it.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  exhausted = 0
  local path = args[1]
  if not path then
    return
  end
  local headers = { ["Content-Type"] = "application/x-www-form-urlencoded" }
  local bodies = {}
  for line in io.lines(path) do
    table.insert(bodies, line)
  end
  local at = 0
  function request()
    at = at + 1
    if at > #bodies then
      exhausted = 1
      at = #bodies
    end
    return wrk.format("POST", nil, headers, bodies[at])
  end
end

function done(summary)
  local errors = summary.errors
  io.write(string.format(
    'summary {"answered":%d,"microseconds":%d,"refused":%d,"broken":%d,"exhausted":%s}\n',
    summary.requests,
    summary.duration,
    errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    tostring(threads[1]:get("exhausted") == 1)
  ))
end
