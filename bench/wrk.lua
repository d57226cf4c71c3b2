-- Posts each line of a file once, in order, and ends early when there are no more; or repeats the last line; without a
-- file, repeats one GET. Says at the end what came of it.
-- A line is a body and then its headers, between tabs.
local function read(line)
  local body, rest = line:match("^([^\t]*)(.*)$")
  local headers = {}
  for name, value in rest:gmatch("\t([^\t:]+): ([^\t]*)") do
    headers[name] = value
  end
  return wrk.format("POST", nil, headers, body)
end

function init(args)
  local path, repeated = args[1], args[2] == "repeated"
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
      at = #requests
      if not repeated then
        wrk.thread:stop()
      end
    end
    return requests[at]
  end
end

function done(summary)
  local errors = summary.errors
  io.write(string.format(
    'summary {"answered":%d,"microseconds":%d,"refused":%d,"broken":%d}\n',
    summary.requests,
    summary.duration,
    errors.status,
    errors.connect + errors.read + errors.write + errors.timeout
  ))
end
