-- wrk: PATCH of products that nobody else has in hand. LOAD_VERSIONS is a file of "sku version"
-- lines; an answer gives its product back with the new version.
local free = {}
local count = 0

function init()
	for line in io.lines(os.getenv("LOAD_VERSIONS")) do
		local sku, version = line:match("(%S+) (%S+)")
		free[#free + 1] = { sku = sku, version = version }
	end
	wrk.headers["Content-Type"] = "application/json"
end

function request()
	local product = table.remove(free)
	-- Another name each time: what changes nothing writes nothing.
	count = count + 1
	wrk.headers["If-Match"] = '"' .. product.version .. '"'
	return wrk.format("PATCH", "/v1/products/" .. product.sku, nil, '{"name":"x' .. count .. '"}')
end

function response(status, headers, body)
	if status == 200 then
		free[#free + 1] = { sku = body:match('"sku":"(.-)"'), version = body:match('"version":(%d+)') }
	end
end
