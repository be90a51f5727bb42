-- wrk: a piece of one of LOAD_SKUS products into one of LOAD_CARTS carts, numbered from 16. They come
-- in turn, so that no cart has two requests at a time; products are drawn at random.
local skus, carts = tonumber(os.getenv("LOAD_SKUS")), tonumber(os.getenv("LOAD_CARTS"))
local run, count = os.time(), 0

function init()
	math.randomseed(run)
	wrk.headers["Content-Type"] = "application/json"
end

function request()
	count = count + 1
	wrk.headers["Idempotency-Key"] = run .. "-" .. count
	return wrk.format("POST", ("/v1/carts/00000000-0000-7000-8000-%012d/lines"):format(16 + count % carts), nil,
		('{"sku":"BENCH-%d","quantity":1}'):format(math.random(skus)))
end
