-- Posts each line of a file once, in order, until there are no more; or repeats the last line; without a file, repeats one GET.
-- Says at the end what came of it. wrk itself waits to the end of its time, so how long the lines lasted is measured here.
local ffi = require("ffi")
ffi.cdef("typedef struct { long seconds, nanoseconds; } instant; int clock_gettime(int, instant *);")
local CLOCK_MONOTONIC = 1
local function microseconds()
  local now = ffi.new("instant")
  ffi.C.clock_gettime(CLOCK_MONOTONIC, now)
  return tonumber(now.seconds) * 1e6 + tonumber(now.nanoseconds) / 1e3
end

local threads = {}
function setup(thread)
  table.insert(threads, thread)
end

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
  local startedAt
  function request()
    startedAt = startedAt or microseconds()
    at = at + 1
    if at > #requests then
      at = #requests
      if not repeated then
        lasted = lasted or microseconds() - startedAt
        wrk.thread:stop()
      end
    end
    return requests[at]
  end
end

function done(summary)
  local errors = summary.errors
  -- There is one thread.
  local lasted = threads[1]:get("lasted")
  io.write(string.format(
    'summary {"answered":%d,"microseconds":%d,"refused":%d,"broken":%d}\n',
    summary.requests,
    lasted or summary.duration,
    errors.status,
    errors.connect + errors.read + errors.write + errors.timeout
  ))
end
