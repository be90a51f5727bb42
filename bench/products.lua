-- wrk: GET of one of LOAD_SKUS products, drawn at random; keeps the headers of the command line.
local count = tonumber(os.getenv("LOAD_SKUS"))

function init()
	math.randomseed(os.time())
end

function request()
	return wrk.format("GET", "/v1/products/" .. 1000000 + math.random(count))
end
