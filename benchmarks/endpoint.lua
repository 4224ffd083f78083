-- What wrk sends. Arguments: file of targets, mode, seed, first serial number.
-- A comment with the serial number (%23 is #) makes a query that was not asked before.
local targets, tags, mode, asked, first = {}, {}, "distinct", 0, 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    local target, tag = line:match("^(%S+)%s*(.*)$")
    targets[#targets + 1] = target
    tags[#tags + 1] = tag
  end
  mode = arguments[2]
  math.randomseed(tonumber(arguments[3]))
  first = tonumber(arguments[4])
end

local function target_of(number)
  return targets[number % #targets + 1] .. "%0A%23" .. string.format("%d", first + number)
end

function request()
  if mode == "repeat" then  -- the same few, with their entity tags where there are any
    asked = asked + 1
    local number = asked % #targets + 1
    wrk.headers["If-None-Match"] = tags[number] ~= "" and tags[number] or nil
    return wrk.format("GET", targets[number])
  end
  if mode == "mix" and asked > 0 and math.random() < 2 / 3 then
    -- Two of three were asked before, each equally often: were the first ones preferred, their kinds of question would
    -- outweigh the others, and the mix would cost less than all distinct without any repeat being known.
    return wrk.format("GET", target_of(math.floor(asked * math.random())))
  end
  asked = asked + 1
  return wrk.format("GET", target_of(asked - 1))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %d %d %f %f\n", summary.requests, summary.duration,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
