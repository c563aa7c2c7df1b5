-- wrk: sends the requests of a file in order, each once in a run long enough for it.
-- The file is a repetition of <decimal length>\n<raw HTTP/1.1 request>.
local requests, count, at = {}, 0, 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  while true do
    local length = file:read("*l")
    if not length then break end
    count = count + 1
    requests[count] = file:read(tonumber(length))
  end
  file:close()
end

function request()
  at = at + 1
  if at > count then at = 1 end
  return requests[at]
end
