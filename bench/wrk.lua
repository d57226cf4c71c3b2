-- Posts each line of a file once, in order; without a file, repeats one GET. Says at the end what came of it.
-- A line is a body and then its headers, between tabs.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

local function read(line)
  local body, rest = line:match("^([^\t]*)(.*)$")
  local headers = {}
  for name, value in rest:gmatch("\t([^\t:]+): ([^\t]*)") do
    headers[name] = value
  end
  return wrk.format("POST", nil, headers, body)
end

function init(args)
  exhausted = 0
  local path = args[1]
  if not path then
    return
  end
  -- Made up front: under load there is nothing left to do but to send them.
  local requests = {}
  for line in io.lines(path) do
    table.insert(requests, read(line))
  end
  local at = 0
  function request()
    at = at + 1
    if at > #requests then
      exhausted = 1
      at = #requests
    end
    return requests[at]
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
