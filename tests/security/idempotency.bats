#!/usr/bin/env bats
# One key, many equal requests at once: one effect, one event, equal answers.
load ../lib

setup_file() {
	pg_start catalogd
	daemon_start catalogd
	TOKEN=$(token_for 'catalog:write catalog:read')
	export TOKEN FRONTEND=admin
	local i
	for i in {1..64}; do
		echo "url = \"http://$(daemon_address)/v1/products\""
		echo "output = \"$SCRATCH/answer-$i\""
	done >"$SCRATCH/urls"
}

# race KEY BODY: 64 equal creations at once; the sorted, counted statuses and answers.
race() {
	curl -sS --parallel --parallel-immediate --parallel-max 64 --no-progress-meter \
		-H "@$SCRATCH/secrets/gateway-catalogd.header" -H 'X-Ecom-Frontend: admin' \
		-H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
		-H "Idempotency-Key: $1" -d "$2" -w '%{http_code}\n' -K "$SCRATCH/urls" |
		sort | uniq -c | tr -s ' '
	cat "$SCRATCH"/answer-* | sed 's/}{/}\n{/g' | sort -u | wc -l
}

@test "200 rounds of 64 equal concurrent creations with one key" {
	local round wrong=''
	for round in {1..200}; do
		[ "$(race "round-$round" "{\"sku\":\"RACE-$round\",\"name\":\"Race\",\"price\":{\"amount\":1,\"currency\":\"EUR\"}}")" = ' 64 201
1' ] || wrong+="round $round "
	done
	[ -z "$wrong" ] || flunk "$wrong"
	assert_equal "$(pg_sql catalogd "SELECT count(*), count(DISTINCT sku), max(version) FROM product WHERE sku LIKE 'RACE-%'")" '200|200|1'
	assert_equal "$(pg_sql catalogd "SELECT count(*), count(DISTINCT aggregate_id) FROM outbox WHERE aggregate_id LIKE 'RACE-%'")" '200|200'
	assert_equal "$(pg_sql catalogd "SELECT count(*) FROM idempotency WHERE key LIKE 'round-%'")" 200
}

@test "another body with the key is refused, another caller is not affected" {
	api POST /v1/products -H 'Idempotency-Key: shared' -d '{"sku":"KEY-1","name":"A","price":{"amount":1,"currency":"EUR"}}'
	assert_status 201
	api POST /v1/products -H 'Idempotency-Key: shared' -d '{"sku":"KEY-2","name":"A","price":{"amount":1,"currency":"EUR"}}'
	assert_problem 422 idempotency_key_reused
	TOKEN=$(token_for 'catalog:write catalog:read' 00000000-0000-7000-8000-000000000002) \
		api POST /v1/products -H 'Idempotency-Key: shared' -d '{"sku":"KEY-3","name":"A","price":{"amount":1,"currency":"EUR"}}'
	assert_status 201
	assert_no_header idempotent-replayed
}

@test "a creation that failed leaves its key free" {
	api POST /v1/products -H 'Idempotency-Key: again' -d '{"sku":"KEY-1","name":"A","price":{"amount":1,"currency":"EUR"}}'
	assert_problem 409 product_sku_taken
	api POST /v1/products -H 'Idempotency-Key: again' -d '{"sku":"KEY-4","name":"A","price":{"amount":1,"currency":"EUR"}}'
	assert_status 201
}
