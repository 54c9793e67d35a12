-- Posts the lines of a file, each once: `path TAB body`. Two threads take every other line.
-- wrk ... -- FILE FIRST
local threads = 0
function setup(thread) thread:set("mine", threads); threads = threads + 1 end

function init(words)
  lines, at = {}, 0
  local number, first = 0, tonumber(words[2])
  for line in io.lines(words[1]) do
    if number >= first and number % 2 == mine then lines[#lines + 1] = line end
    number = number + 1
  end
end

function request()
  at = at + 1
  local line = lines[at]
  if not line then return wrk.format("GET", "/no-forms-left-for-this-round/") end
  local path, body = line:match("^(.-)\t(.*)$")
  return wrk.format("POST", path, {["Content-Type"] = "application/x-www-form-urlencoded"}, body)
end

dofile((os.getenv("BENCH_LUA") or ".") .. "/report.lua")
