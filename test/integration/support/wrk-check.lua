-- For wrk: counts the answers that aren't what the argument after `--` says, and prints how many there are.
local expected
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  expected = arguments[1]
  wrong = 0
end

function response(status, _, body)
  if status ~= 200 or body ~= expected then
    wrong = wrong + 1
  end
end

function done()
  local count = 0
  for _, thread in ipairs(threads) do
    count = count + thread:get('wrong')
  end
  print('wrong answers: ' .. count)
end
